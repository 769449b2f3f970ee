#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::informers {

enum class LogLevel : std::uint8_t { Info, Warning };
/// Takes a line of log; may be empty. Server text in a message is printable already and holds no secret.
using LogSink = std::function<void(LogLevel, std::string_view message)>;

/// Decides which failures of one stream are worth a line: the first of each kind at once, the same again every five minutes,
/// and the end of a failure once. Pure: no clock, no logger.
class FailureLog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Often enough to be found in an hour's log, seldom enough to drown nothing.
  static constexpr std::chrono::minutes kRepeat{5};

  /// A failure of a kind (from a small closed set): whether it is to be said.
  bool failed(std::string_view kind, Time now);
  /// Things work: for how long they did not, if a failure was said since they last did.
  std::optional<std::chrono::seconds> recovered(Time now);

 private:
  std::map<std::string, Time, std::less<>> said_;
  std::optional<Time> failing_since_;
  bool unsaid_recovery_ = false;
};

}  // namespace snaptrail::informers
