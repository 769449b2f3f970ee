#pragma once

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <variant>

#include "informers/watch_fsm.hpp"

namespace snaptrail::informers {

namespace command {
inline std::ostream& operator<<(std::ostream& out, const ListPage& c) {
  return out << "ListPage{" << c.limit << ", \"" << c.continue_token << "\"}";
}
inline std::ostream& operator<<(std::ostream& out, const StreamList& c) {
  return out << "StreamList{" << c.resource_version << ", " << c.timeout.count() << "s}";
}
inline std::ostream& operator<<(std::ostream& out, const Check& c) {
  return out << "Check{" << c.resource_version << "}";
}
inline std::ostream& operator<<(std::ostream& out, const Watch& c) {
  return out << "Watch{" << c.resource_version << ", " << c.timeout.count() << "s}";
}
inline std::ostream& operator<<(std::ostream& out, const Wait& c) {
  return out << "Wait{" << c.duration.count() << "ms}";
}
inline std::ostream& operator<<(std::ostream& out, const Stop&) { return out << "Stop"; }
}  // namespace command

namespace test {

inline kube::Error error(kube::Errc code, std::optional<std::chrono::seconds> retry_after = {}) {
  kube::Error e;
  e.code = code;
  e.message = "it failed";
  e.retry_after = retry_after;
  return e;
}

/// As with a server that streams no lists.
inline WatchTimings paged() {
  WatchTimings timings;
  timings.stream_lists = false;
  return timings;
}

/// A WatchFsm on virtual clocks, with what it said last.
class Driver {
 public:
  explicit Driver(std::optional<Position> stored = {}, WatchTimings timings = paged(), std::uint64_t seed = 1)
      : fsm("volumesnapshots", timings, std::move(stored), seed) {}

  Step& give(Input input) { return last = fsm.resume(input, now()); }
  Step& start() { return give(input::Started{}); }
  Step& page(std::string version, std::string token = "") {
    return give(input::PageDone{std::move(version), std::move(token)});
  }
  Step& fail(kube::Errc code, std::optional<std::chrono::seconds> retry_after = {}) {
    return give(input::CallFailed{error(code, retry_after)});
  }
  Step& stream_error(int code, std::string reason) {
    return give(input::StreamFailed{{code, std::move(reason), "the stream failed"}});
  }
  Step& stream_end() { return give(input::StreamEnded{}); }
  /// Sits out the wait that was asked for.
  Step& waited() {
    pass(std::get<command::Wait>(last.next).duration);
    return give(input::TimerFired{});
  }
  /// An event or bookmark.
  void deliver(const std::string& version) { fsm.delivered(version, now()); }
  void pass(std::chrono::milliseconds time) { elapsed += time; }

  /// The end of a streamed list.
  Step& streamed(const std::string& version) { return last = fsm.list_streamed(version, now()); }
  bool streams_list() const { return next<command::StreamList>() != nullptr; }
  /// Streams a list that is complete at `version`; the watch runs.
  Step& stream_sync(const std::string& version = "100") {
    start();
    return streamed(version);
  }

  /// Lists `version` in one page; the watch runs.
  Step& sync(const std::string& version = "100") {
    start();
    return page(version);
  }

  Moment now() const { return {at(elapsed), std::chrono::steady_clock::time_point{} + elapsed}; }
  static objects::Instant at(std::chrono::milliseconds since_start) {
    return objects::Instant(std::chrono::hours(24 * 365 * 50)) + since_start;
  }

  template <class C>
  const C* next() const {
    return std::get_if<C>(&last.next);
  }
  /// The version that a watch, or the question before it, was asked to start at.
  std::string resumes_at() const {
    if (const auto* check = next<command::Check>()) return check->resource_version;
    if (const auto* watch = next<command::Watch>()) return watch->resource_version;
    return "(does not resume)";
  }
  bool lists_first_page() const {
    const auto* list = next<command::ListPage>();
    return list && list->continue_token.empty();
  }
  std::chrono::milliseconds wait() const {
    const auto* wait = next<command::Wait>();
    return wait ? wait->duration : std::chrono::milliseconds{-1};
  }

  WatchFsm fsm;
  Step last;
  std::chrono::milliseconds elapsed{0};
};

}  // namespace test
}  // namespace snaptrail::informers
