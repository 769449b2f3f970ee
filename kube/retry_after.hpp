#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace snaptrail::kube {

/// No server may send us to sleep for longer.
inline constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours(24);

/// Reads a Retry-After field (RFC 9110, 10.2.3): seconds, or an HTTP date in any of its three forms, counted
/// from `now`. Capped at kLongestRetryAfter; a date that is past is 0 s; anything else is nullopt.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view field, std::chrono::sys_seconds now);

}  // namespace snaptrail::kube
