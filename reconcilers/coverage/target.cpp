#include "reconcilers/coverage/target.hpp"

#include <array>
#include <utility>

namespace snaptrail::reconcilers {
namespace {

using objects::Millis;

constexpr Millis kMinute{60'000};
constexpr Millis kDay = 24 * 60 * kMinute;

const RpoLimit* in(const std::map<std::string, RpoLimit, std::less<>>& limits, std::string_view key) {
  const auto found = limits.find(key);
  return found == limits.end() ? nullptr : &found->second;
}

}  // namespace

std::string_view to_string(RpoTarget::Origin origin) {
  switch (origin) {
    case RpoTarget::Origin::Default: break;
    case RpoTarget::Origin::Class: return "storageClass";
    case RpoTarget::Origin::Namespace: return "namespace";
    case RpoTarget::Origin::Excluded: return "excluded";
    case RpoTarget::Origin::NamespaceAnnotation: return "namespaceAnnotation";
    case RpoTarget::Origin::ClaimAnnotation: return "claimAnnotation";
  }
  return "default";
}

RpoTarget RpoTargets::of(const objects::PersistentVolumeClaim& claim, const objects::Namespace* ns) const {
  using Origin = RpoTarget::Origin;
  std::string ignored;
  const auto read = [&ignored](const std::string& annotation) {
    auto limit = parse_rpo(annotation);
    if (!limit && !annotation.empty()) ignored = annotation;
    return limit;
  };
  if (const auto own = read(claim.rpo.get())) return {*own, Origin::ClaimAnnotation, {}};
  if (claim.excluded_from_backup) return {std::nullopt, Origin::Excluded, ignored};
  if (const auto its = ns ? read(ns->rpo.get()) : std::nullopt) return {*its, Origin::NamespaceAnnotation, ignored};
  if (const auto* limit = in(by_namespace, claim.meta.ns.get())) return {*limit, Origin::Namespace, ignored};
  if (const auto* limit = in(by_class, claim.storage_class.get())) return {*limit, Origin::Class, ignored};
  return {standard, Origin::Default, ignored};
}

std::optional<RpoLimit> parse_rpo(std::string_view text) {
  constexpr std::array<std::pair<char, Millis>, 4> kUnits = {
      {{'d', kDay}, {'h', 60 * kMinute}, {'m', kMinute}, {'s', Millis{1'000}}}};
  if (text == "none") return RpoLimit();
  Millis total{0};
  std::size_t unit = 0;  // of those that may still come
  while (!text.empty()) {
    std::int64_t number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 8 && text[digits] >= '0' && text[digits] <= '9') {
      number = number * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || digits == text.size()) return std::nullopt;
    while (unit < kUnits.size() && kUnits.at(unit).first != text[digits]) ++unit;
    if (unit == kUnits.size()) return std::nullopt;
    total += kUnits.at(unit++).second * number;
    if (total > 365 * kDay) return std::nullopt;
    text.remove_prefix(digits + 1);
  }
  if (total < kMinute) return std::nullopt;
  return RpoLimit(total);
}

}  // namespace snaptrail::reconcilers
