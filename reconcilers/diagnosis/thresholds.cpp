#include "reconcilers/diagnosis/thresholds.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/duration_text.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Millis;

constexpr Millis kSecond{1'000};
constexpr Millis kMinute{60'000};

struct PhaseInfo {
  std::string_view name;
  Millis after;
};

// Binding and mirroring are the snapshot-controller's own, tens of milliseconds; calling is the sidecar's first look. A
// call may take its sidecar's timeout (1 min) a few times. Uploads of terabytes take long: 30 min, or what the driver
// took before.
constexpr std::array<PhaseInfo, kPhases> kInfo = {{
    {"binding", kMinute},
    {"calling", kMinute},
    {"creating", 5 * kMinute},
    {"uploading", 30 * kMinute},
    {"mirroring", kMinute},
    {"deleting", 2 * kMinute},
    {"waiting", 5 * kMinute},
    {"provisioning", 5 * kMinute},
}};

std::optional<Millis> in(const std::map<std::string, PhaseLimits, std::less<>>& limits, std::string_view key,
                         std::size_t phase) {
  const auto found = key.empty() ? limits.end() : limits.find(key);
  return found == limits.end() ? std::nullopt : found->second.at(phase);
}

}  // namespace

std::string_view to_string(Phase phase) { return kInfo.at(static_cast<std::size_t>(phase)).name; }

std::optional<Phase> phase_of(std::string_view name) {
  const auto found = std::ranges::find(kInfo, name, &PhaseInfo::name);
  if (found == kInfo.end()) return std::nullopt;
  return static_cast<Phase>(found - kInfo.begin());
}

Millis default_limit(Phase phase) { return kInfo.at(static_cast<std::size_t>(phase)).after; }

Limit Thresholds::of(Phase phase, std::string_view driver, std::string_view class_name, std::string_view annotation,
                     std::optional<Millis> p99) const {
  const auto index = static_cast<std::size_t>(phase);
  if (const auto own = parse_stuck_after(annotation)) return {*own, Limit::Origin::Annotation};
  if (const auto of_class = in(by_class, class_name, index)) return {*of_class, Limit::Origin::Class};
  if (const auto of_driver = in(by_driver, driver, index)) return {*of_driver, Limit::Origin::Driver};
  const Limit base = global.at(index) ? Limit{*global.at(index), Limit::Origin::Global}
                                      : Limit{default_limit(phase), Limit::Origin::Default};
  if (learned && p99 && *p99 > base.after) return {*p99, Limit::Origin::Learned};
  return base;
}

std::optional<Millis> parse_stuck_after(std::string_view text) {
  constexpr Millis kMost = 30 * 24 * 60 * kMinute;
  return parse_duration_text(text, kSecond, kMost);
}

}  // namespace snaptrail::reconcilers
