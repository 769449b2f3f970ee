#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::objects {

/// A moment of the civil clock (UTC) in milliseconds, the resolution of the ledger.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using Millis = std::chrono::milliseconds;

/// An Instant or nothing, in eight bytes: objects carry many of these and most are empty.
class MaybeInstant {
 public:
  constexpr MaybeInstant() = default;
  constexpr MaybeInstant(Instant at) : millis_(at.time_since_epoch().count()) {}
  constexpr MaybeInstant(std::optional<Instant> at) : millis_(at ? at->time_since_epoch().count() : kNone) {}

  constexpr explicit operator bool() const { return millis_ != kNone; }
  constexpr bool has_value() const { return millis_ != kNone; }
  /// The moment; only where has_value().
  constexpr Instant operator*() const { return Instant(Millis(millis_)); }
  constexpr operator std::optional<Instant>() const {
    return has_value() ? std::optional<Instant>(**this) : std::nullopt;
  }
  friend constexpr bool operator==(MaybeInstant, MaybeInstant) = default;

 private:
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
  std::int64_t millis_ = kNone;
};

/// Reads an RFC 3339 time as the Kubernetes API writes it (`2026-11-22T23:11:11Z`, with an optional
/// fraction and numeric offset). Anything else, or a year outside 1970–9999, is nullopt.
std::optional<Instant> parse_rfc3339(std::string_view text);

/// Writes RFC 3339 in UTC with exactly three digits of fraction: `2026-11-22T23:11:11.906Z`.
std::string format_rfc3339(Instant at);

}  // namespace snaptrail::objects
