#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string_view>

/// What following a stream takes, and what interrupted it: for metrics. Plain values that can be added up over streams.
namespace snaptrail::informers {

/// Why everything was listed again.
enum class RelistCause : std::uint8_t {
  Expired,      ///< the server no longer had the history since our version (410)
  Rewound,      ///< its history went back
  Behind,       ///< its history had not come as far as ours, and had not gone back either: it lagged
  Unreadable,   ///< an event could not be read, or was too long
  ErrorEvent,   ///< an ERROR event that is not in passing
  Unavailable,  ///< the CRD was absent, or we were refused, and no longer so
  Refused,      ///< the server refused to resume, in another way
  Poll,         ///< it is listed instead of watched
  Audit,        ///< what we held was not what a consistent list said
};
inline constexpr std::array<std::string_view, 9> kRelistCauses = {
    "expired", "rewound", "behind", "unreadable", "error_event", "unavailable", "refused", "poll", "audit"};

/// Why a watch had to be asked for again, at the version where the last one stopped.
enum class ReconnectCause : std::uint8_t {
  Ended,         ///< by the server, as agreed or as it shut down
  TimedOut,      ///< by a deadline of ours: silence, or a stream that outlived its timeoutSeconds
  Disconnected,  ///< cut off, or an answer that is no HTTP
  Unreachable,   ///< no connection: name, TCP, proxy, TLS, or credentials that could not be got
  Busy,          ///< 429 or 503, as answer or as ERROR event
  ErrorEvent,    ///< an ERROR event of a server in trouble (InternalError)
  Refused,       ///< any other answer
};
inline constexpr std::array<std::string_view, 7> kReconnectCauses = {
    "ended", "timed_out", "disconnected", "unreachable", "busy", "error_event", "refused"};

/// What came of comparing what we hold with a consistent list.
enum class AuditResult : std::uint8_t { Consistent, Inconsistent, Inconclusive };
inline constexpr std::array<std::string_view, 3> kAuditResults = {"consistent", "inconsistent", "inconclusive"};

/// One counter a cause or result.
template <class Cause, std::size_t kCauses>
struct CountsByCause {
  std::array<std::uint64_t, kCauses> counts{};

  std::uint64_t& operator[](Cause cause) { return counts.at(static_cast<std::size_t>(cause)); }
  std::uint64_t operator[](Cause cause) const { return counts.at(static_cast<std::size_t>(cause)); }
  void add(const CountsByCause& other) {
    for (std::size_t i = 0; i < kCauses; ++i) counts.at(i) += other.counts.at(i);
  }
  std::uint64_t total() const { return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}); }
};
using Relists = CountsByCause<RelistCause, kRelistCauses.size()>;
using Reconnects = CountsByCause<ReconnectCause, kReconnectCauses.size()>;
using Audits = CountsByCause<AuditResult, kAuditResults.size()>;

/// Counters since the start of the stream; of several streams their sums.
struct StreamTraffic {
  std::uint64_t bytes = 0;  ///< of answers' bodies
  Relists relists;          ///< complete lists after the first one
  Reconnects reconnects;    ///< watches asked for again, whether they came about or not
  Audits audits;
  std::uint64_t malformed = 0;  ///< lines and items that were skipped
  std::uint64_t oversized = 0;  ///< lines that were too long
  /// From the request of the last complete list to its end; of several streams the longest. None: no list was complete.
  std::optional<std::chrono::milliseconds> last_sync;

  void add(const StreamTraffic& other) {
    bytes += other.bytes;
    relists.add(other.relists);
    reconnects.add(other.reconnects);
    audits.add(other.audits);
    malformed += other.malformed;
    oversized += other.oversized;
    last_sync = std::max(last_sync, other.last_sync);
  }
};

}  // namespace snaptrail::informers
