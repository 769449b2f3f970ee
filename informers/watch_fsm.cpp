#include "informers/watch_fsm.hpp"

#include <algorithm>
#include <utility>

#include "informers/resource_version.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::informers {

using kube::Errc;
using objects::GapCause;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

kube::Error broken_list(const std::string& resource, const std::string& what) {
  kube::Error error;
  error.code = Errc::protocol;
  error.message = "list of " + resource + ": " + what;
  return error;
}

}  // namespace

WatchFsm::WatchFsm(std::string resource, WatchTimings timings, std::optional<Position> stored, std::uint64_t seed)
    : resource_(std::move(resource)), timings_(timings), random_(seed), backoff_(timings.backoff) {
  if (!stored || is_polled()) return;
  // What was recorded may be newer than the position, of a list that was not complete when the process ended. A list in pages is
  // consistent, and so never older than that. A streamed one ends consistent, but begins with what the server's cache has.
  paged_once_ = true;
  if (!is_version(stored->resource_version)) return;
  position_ = witnessed_ = std::move(stored->resource_version);
  proven_ = stored->at;
  open_gap(GapCause::Restarted);
}

void WatchFsm::distrust(Distrust distrust) {
  if (!proven_) proven_ = distrust.proven.at;
  gap_ = OpenGap{distrust.cause, distrust.proven.at, std::move(distrust.proven.resource_version)};
  paged_once_ = true;
}

Step WatchFsm::resume(const Input& input, Moment now) {
  if (std::holds_alternative<input::Cancelled>(input)) phase_ = Phase::Stopped;
  const auto* page = std::get_if<input::PageDone>(&input);
  switch (phase_) {
    case Phase::Idle: std::get<input::Started>(input); return list_from_start(now);
    case Phase::Streaming: return streaming(input, now);
    case Phase::Listing:
      return page ? page_done(*page, now) : list_failed(std::get<input::CallFailed>(input).error, now);
    case Phase::Checking:
      return page ? check_done(*page, now) : resume_failed(std::get<input::CallFailed>(input).error, now);
    case Phase::Watching: return watching(input, now);
    case Phase::Waiting: std::get<input::TimerFired>(input); return timer_fired(now);
    case Phase::Stopped: break;
  }
  return {.next = command::Stop{}};
}

// ---- list ----

Step WatchFsm::list_from_start(Moment now) {
  // Where a version was seen before, this list bridges a window that no watch could.
  if (!position_.empty()) open_gap(GapCause::Disconnected);
  continue_token_.clear();
  pages_ = 0;
  list_version_.clear();
  list_opened_ = false;
  return can_stream(now) ? stream_list(now) : list_page();
}

Step WatchFsm::list_page() {
  phase_ = Phase::Listing;
  return {.next = command::ListPage{timings_.page_limit, continue_token_}};
}

std::optional<objects::Gap> WatchFsm::list_opened(std::string_view resource_version, Moment now) {
  if (list_opened_ || !is_version(resource_version)) return std::nullopt;
  list_opened_ = true;
  list_version_ = resource_version;
  if (!proven_) proven_ = now.wall;
  const bool rewound = went_back(resource_version) || (gap_ && gap_->cause == GapCause::Rewound);
  if (!rewound) {
    witnessed(resource_version);
    return std::nullopt;
  }
  open_gap(GapCause::Rewound);
  objects::Gap gap = close_gap(resource_version, now.wall);
  position_ = witnessed_ = resource_version;  // from here on this is the history
  proven_ = now.wall;
  return gap;
}

Step WatchFsm::page_done(const input::PageDone& page, Moment now) {
  if (!list_opened_) {
    if (!is_version(page.resource_version)) {
      return list_failed(broken_list(resource_, "the answer has no resourceVersion"), now);
    }
    if (auto gap = list_opened(page.resource_version, now)) {
      // The page's items were taken for the old history: begin again, now that the new one is announced.
      paged_once_ = true;
      Step step = list_from_start(now);
      step.gap = std::move(gap);
      return step;
    }
  }
  backoff_.healthy(now.steady);
  if (page.continue_token.empty()) return list_finished(now);  // even a page without items may have a next one
  if (page.continue_token == continue_token_) {
    return list_failed(broken_list(resource_, "the server keeps sending the same page"), now);
  }
  if (++pages_ >= kMaxPages) return list_failed(broken_list(resource_, "its pages have no end"), now);
  continue_token_ = page.continue_token;
  return list_page();
}

Step WatchFsm::list_finished(Moment now) {
  if (is_polled()) return poll_finished(now);
  Step step = list_complete(now);
  step.next = watch(now).next;
  return step;
}

/// What every complete list leads to but the command after it.
Step WatchFsm::list_complete(Moment now) {
  Step step;
  if (gap_) step.gap = close_gap(list_version_, now.wall);
  // The first page's version: all pages show that moment, and a watch from there misses nothing. Items' own versions
  // don't count, they come in the order of names.
  position_ = list_version_;
  witnessed(list_version_);
  proven_ = now.wall;
  ever_synced_ = true;
  can_check_ = true;
  paged_once_ = false;
  internal_errors_since_.reset();
  step.list_finished = list_version_;
  set_availability(step, Availability::Synced, resource_ + " are listed and watched");
  return step;
}

/// Nothing is remembered of the stream, for there is none: the next list replaces this one.
Step WatchFsm::poll_finished(Moment now) {
  Step step;
  if (gap_) step.gap = close_gap(list_version_, now.wall);
  step.list_finished = list_version_;
  set_availability(step, Availability::Synced, resource_ + " are listed");
  step.next = wait(jittered(timings_.poll), After::List).next;
  return step;
}

Step WatchFsm::list_failed(const kube::Error& error, Moment now) {
  if (is_unavailable(error.code)) return unavailable(error, now);
  Step step;
  if (is_passing(error.code) && error.code != Errc::protocol && !continue_token_.empty()) {
    step = wait_then(After::NextPage, now, error.retry_after);  // a large list must get through a busy server
  } else {
    // An expired continue token comes here too. The token that the server offers instead would give an inconsistent
    // list: not for a recorder.
    step = wait_then(After::List, now, error.retry_after);
  }
  if ((!ever_synced_ || is_polled()) && error.code != Errc::gone)
    set_availability(step, Availability::Failing, error.message);
  return step;
}

// ---- check and watch ----

Step WatchFsm::check_or_watch(Moment now) {
  if (!std::exchange(can_check_, true)) return watch(now);
  phase_ = Phase::Checking;
  return {.next = command::Check{position_}};
}

Step WatchFsm::check_done(const input::PageDone& page, Moment now) {
  if (went_back(page.resource_version)) {
    paged_once_ = true;
    return list_from_start(now);
  }
  return watch(now);
}

Step WatchFsm::watch(Moment now) {
  phase_ = Phase::Watching;
  stream_started_ = now.steady;
  stream_progressed_ = false;
  return {.next = command::Watch{position_, random_timeout()}};
}

seconds WatchFsm::random_timeout() {
  const double span = static_cast<double>((timings_.watch_max - timings_.watch_min).count());
  return timings_.watch_min + seconds{static_cast<seconds::rep>(span * random_unit(random_))};
}

void WatchFsm::delivered(std::string_view resource_version, Moment now) {
  proven_ = now.wall;
  backoff_.healthy(now.steady);
  // A stream that still brings something after so long is well: on a quiet resource no version says so.
  if (now.steady - stream_started_ >= timings_.internal_error_patience) internal_errors_since_.reset();
  if (!is_version(resource_version) || !may_follow(resource_version, position_)) return;
  position_ = resource_version;
  witnessed(resource_version);
  stream_progressed_ = true;
  internal_errors_since_.reset();
}

Step WatchFsm::watching(const Input& input, Moment now) {
  if (std::holds_alternative<input::StreamEnded>(input)) return stream_ended(now);
  if (const auto* failed = std::get_if<input::StreamFailed>(&input)) return stream_failed(failed->error, now);
  return resume_failed(std::get<input::CallFailed>(input).error, now);
}

Step WatchFsm::stream_ended(Moment now) {
  const auto lived = now.steady - stream_started_;
  if (lived < timings_.short_stream && !stream_progressed_) return wait_then(After::Resume, now);
  backoff_.healthy(now.steady);
  // Even at the agreed deadline: the server that answers next may be another one, with less history.
  return check_or_watch(now);
}

/// Check or Watch failed, or the stream was cut: the place in the stream is kept wherever that can work.
Step WatchFsm::resume_failed(const kube::Error& error, Moment now) {
  if (is_passing(error.code)) return wait_then(After::Resume, now, error.retry_after);
  if (is_unavailable(error.code)) return unavailable(error, now);
  if (error.code == Errc::gone) return relist(GapCause::Expired, now, error.retry_after);
  if (error.code == Errc::resource_version_too_large) {
    // A server that merely lags says so as well: the consistent list's version decides whether history went back.
    paged_once_ = true;
  } else if (phase_ == Phase::Checking) {
    can_check_ = false;  // an API server that does not know the question: watch this once without asking
    return wait_then(After::Resume, now, error.retry_after);
  }
  return relist(GapCause::Disconnected, now, error.retry_after);
}

Step WatchFsm::stream_failed(const WatchError& error, Moment now) {
  if (is_expired(error)) return relist(GapCause::Expired, now);
  if (error.code == 429) return wait_then(After::Resume, now);
  if (is_internal(error)) {
    if (!internal_errors_since_) internal_errors_since_ = now.steady;
    if (now.steady - *internal_errors_since_ < timings_.internal_error_patience) return wait_then(After::Resume, now);
    internal_errors_since_.reset();
  }
  return relist(GapCause::Disconnected, now);
}

Step WatchFsm::timer_fired(Moment now) {
  switch (after_) {
    case After::List: return list_from_start(now);
    case After::NextPage: return list_page();
    case After::Resume: break;
  }
  return check_or_watch(now);
}

}  // namespace snaptrail::informers
