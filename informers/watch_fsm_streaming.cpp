// Lists that are streamed (KEP-3157): WatchFsm's part of them.
#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <utility>

#include "informers/watch_fsm.hpp"
#include "informers/watch_rules.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::informers {

using kube::Errc;
using objects::GapCause;

namespace {

/// Bytes of a server's text that are shown.
constexpr std::size_t kShown = 512;

kube::Error broken_stream(Errc code, std::string message) {
  kube::Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

kube::Error broken_by(const WatchError& error) {
  std::string message = fmt::format("the server ended the list with code {}", error.code);
  if (!error.message.empty()) message += ": " + objects::to_printable(error.message.substr(0, kShown));
  return broken_stream(error.code == 429 ? Errc::too_many_requests : Errc::server_error, std::move(message));
}

}  // namespace

bool WatchFsm::can_stream(Moment now) const {
  if (!timings_.stream_lists || is_polled() || paged_once_) return false;
  if (gap_ && gap_->cause == GapCause::Rewound) return false;
  return !paged_until_ || now.steady >= *paged_until_;
}

/// Not older than what was seen, of a list that broke off, too: a server that is behind refuses, and one that was restored is found out by that.
Step WatchFsm::stream_list(Moment now) {
  phase_ = Phase::Streaming;
  verdict_ = Verdict::None;
  stream_started_ = now.steady;
  stream_progressed_ = true;  // a list is something new, however short its stream
  return {.next = command::StreamList{witnessed_, random_timeout()}};
}

Step WatchFsm::list_streamed(std::string_view resource_version, Moment now) {
  if (!is_version(resource_version)) {
    verdict_ = Verdict::NotStreamed;
    return {};
  }
  if (auto gap = list_opened(resource_version, now)) {
    // The server did not keep to "not older". Its objects were taken for the old history: pages, which announce theirs
    // first, begin again.
    verdict_ = Verdict::Rewound;
    Step step;
    step.gap = std::move(gap);
    return step;
  }
  backoff_.healthy(now.steady);
  broken_streams_ = 0;
  paged_until_.reset();
  phase_ = Phase::Watching;
  Step step = list_complete(now);
  step.next = command::Watch{position_, {}};
  return step;
}

void WatchFsm::witnessed(std::string_view resource_version) {
  if (is_polled()) return;  // from any server's cache, which may be older than the last one
  if (is_version(resource_version) && may_follow(resource_version, witnessed_)) witnessed_ = resource_version;
}

bool WatchFsm::unmarked_bookmark(std::chrono::steady_clock::duration quiet) {
  if (quiet < timings_.stream_patience) return true;
  verdict_ = Verdict::NotStreamed;
  return false;
}

/// A stream ended before its list was complete; what it brought stays, but proves nothing.
Step WatchFsm::streaming(const Input& input, Moment now) {
  if (verdict_ == Verdict::NotStreamed) return pages_instead(now);
  if (verdict_ == Verdict::Rewound) {
    paged_once_ = true;
    return list_from_start(now);
  }
  if (const auto* failed = std::get_if<input::CallFailed>(&input)) return stream_refused(failed->error, now);
  if (const auto* failed = std::get_if<input::StreamFailed>(&input)) {
    const WatchError& error = failed->error;
    if (error.code == 429 || is_internal(error)) return stream_broken(broken_by(error), now);
    // 504 says that the server's history has not come as far as ours: pages tell whether it lags or went back.
    if (is_expired(error) && !position_.empty()) open_gap(GapCause::Expired);
    if (!is_expired(error) && error.code != 504) paged_until_ = now.steady + timings_.stream_retry;
    paged_once_ = true;
    return wait_then(After::List, now);
  }
  std::get<input::StreamEnded>(input);
  return stream_broken(broken_stream(Errc::disconnected, "the stream ended before the end of the list"), now);
}

/// The call failed, at its start or later.
Step WatchFsm::stream_refused(const kube::Error& error, Moment now) {
  switch (error.code) {
    case Errc::not_found:
    case Errc::unauthorized: return unavailable(error, now);
    case Errc::disconnected:
    case Errc::timed_out:
    case Errc::protocol: return stream_broken(error, now);
    case Errc::gone:
      if (!position_.empty()) open_gap(GapCause::Expired);
      paged_once_ = true;
      return wait_then(After::List, now, error.retry_after);
    case Errc::resource_version_too_large: paged_once_ = true; return wait_then(After::List, now, error.retry_after);
    default: break;
  }
  if (!is_passing(error.code)) return pages_instead(now);
  Step step = wait_then(After::List, now, error.retry_after);
  if (!ever_synced_) set_availability(step, Availability::Failing, error.message);
  return step;
}

/// Cut off in the middle. Where that happens again and again (a proxy that holds streams back, a server too busy for streams),
/// pages may get through.
Step WatchFsm::stream_broken(const kube::Error& error, Moment now) {
  if (++broken_streams_ >= timings_.stream_attempts) {
    broken_streams_ = 0;
    paged_until_ = now.steady + timings_.stream_retry;
  }
  Step step = wait_then(After::List, now, error.retry_after);
  if (!ever_synced_) set_availability(step, Availability::Failing, error.message);
  return step;
}

/// At once: that a server can't stream, or may not for us (a right to list but not to watch), is no failure.
Step WatchFsm::pages_instead(Moment now) {
  paged_until_ = now.steady + timings_.stream_retry;
  return list_from_start(now);
}

}  // namespace snaptrail::informers
