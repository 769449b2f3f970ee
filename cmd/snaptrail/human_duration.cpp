#include "cmd/snaptrail/human_duration.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace snaptrail::cmd {
namespace {

/// `5m10s`; the smaller unit is left out where it is zero.
std::string pair_of(std::int64_t large, std::string_view large_unit, std::int64_t small, std::string_view small_unit) {
  return small == 0 ? fmt::format("{}{}", large, large_unit)
                    : fmt::format("{}{}{}{}", large, large_unit, small, small_unit);
}

}  // namespace

std::string human_duration(objects::Millis duration) {
  const std::int64_t seconds = duration.count() / 1000;
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = minutes / 60;
  const std::int64_t days = hours / 24;
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * 60) return fmt::format("{}s", seconds);
  if (minutes < 10) return pair_of(minutes, "m", seconds % 60, "s");
  if (minutes < 3 * 60) return fmt::format("{}m", minutes);
  if (hours < 8) return pair_of(hours, "h", minutes % 60, "m");
  if (hours < 2 * 24) return fmt::format("{}h", hours);
  if (hours < 8 * 24) return pair_of(days, "d", hours % 24, "h");
  if (days < 2 * 365) return fmt::format("{}d", days);
  if (days < 8 * 365) return pair_of(days / 365, "y", days % 365, "d");
  return fmt::format("{}y", days / 365);
}

}  // namespace snaptrail::cmd
