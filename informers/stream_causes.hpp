#pragma once

#include <chrono>
#include <optional>

#include "informers/stream_traffic.hpp"
#include "informers/watch_fsm.hpp"

namespace snaptrail::informers {

/// Keeps account of why a stream is listed again and reconnected. WatchFsm alone decides what comes next; this names what it was told
/// before. Pure.
class StreamCauses {
 public:
  /// `polled`: listed instead of watched (Target::poll).
  explicit StreamCauses(bool polled) : polled_(polled) {}

  /// An audit found that what is held can't be relied on: the first list is one because of that. Before any other call.
  void distrusted() { relist_ = RelistCause::Audit; }
  /// What a command ended with.
  void ended(const Input& input);
  /// A list begins, for the first time or again.
  void list_begins(std::chrono::steady_clock::time_point now);
  /// History went back: the list under way, if it is not the first one, is one because of that.
  void rewound();
  /// The list is complete: counts it, and how long it took.
  void list_finished(std::chrono::steady_clock::time_point now, StreamTraffic& traffic);
  /// A watch is asked for that is not a list: counts it, unless it is the first one after a list.
  void watch_begins(StreamTraffic& traffic);

 private:
  bool polled_;
  bool following_ = false;                       ///< no list has begun since the last complete one
  std::optional<RelistCause> relist_;            ///< of the list under way; none: the first one
  std::optional<RelistCause> last_;              ///< of the last input that leads to a list
  std::optional<ReconnectCause> reconnect_;      ///< of the first end since a watch was asked for
  std::chrono::steady_clock::time_point began_;  ///< the list
};

}  // namespace snaptrail::informers
