#include "cmd/snaptrail/time_text.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <stdexcept>

#include "controller/config_value.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {
namespace {

std::tm broken_down(objects::Instant at, Zone zone) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at));
  std::tm parts{};
  if (zone == Zone::Utc) {
    ::gmtime_r(&seconds, &parts);
  } else {
    ::localtime_r(&seconds, &parts);
  }
  return parts;
}

std::string formatted(const std::tm& parts, const char* format) {
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

std::string time_text(objects::Instant at, Zone zone) {
  const auto millis = (at - std::chrono::floor<std::chrono::seconds>(at)).count();
  return fmt::format("{}.{:03}", formatted(broken_down(at, zone), "%Y-%m-%d %H:%M:%S"), millis);
}

std::string time_title(Zone zone, objects::Instant now) {
  if (zone == Zone::Utc) return "TIME (UTC)";
  // The zone comes from the environment.
  return fmt::format("TIME ({})", objects::to_printable(formatted(broken_down(now, zone), "%Z")));
}

objects::Instant parse_moment(const std::string& text, objects::Instant now) {
  if (const auto at = objects::parse_rfc3339(text)) return *at;
  try {
    return now - controller::parse_duration(text);
  } catch (const controller::ValueError&) {
    throw std::invalid_argument(fmt::format(
        "{} is neither a time (2026-11-22T23:11:07Z) nor how long ago (90s, 2h, 3d)", controller::in_quotes(text)));
  }
}

}  // namespace snaptrail::cmd
