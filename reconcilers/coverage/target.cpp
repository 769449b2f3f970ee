#include "reconcilers/coverage/target.hpp"

#include <optional>

#include "reconcilers/duration_text.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Millis;

constexpr Millis kLeast{60'000};
constexpr Millis kMost{365LL * 86'400'000};

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
  if (text == "none") return RpoLimit();
  const auto limit = parse_duration_text(text, kLeast, kMost);
  return limit ? std::optional<RpoLimit>(*limit) : std::nullopt;
}

}  // namespace snaptrail::reconcilers
