#include "informers/watch_fsm.hpp"

#include <algorithm>
#include <compare>
#include <utility>

#include "informers/resource_version.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::informers {

using kube::Errc;
using objects::GapCause;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// What is polled is polled by this share later at most, so that the many who poll spread out.
constexpr double kPollJitter = 0.2;

kube::Error broken_list(const std::string& resource, const std::string& what) {
  kube::Error error;
  error.code = Errc::protocol;
  error.message = "list of " + resource + ": " + what;
  return error;
}

}  // namespace

WatchFsm::WatchFsm(std::string resource, WatchTimings timings, std::optional<Position> stored, std::uint64_t seed)
    : resource_(std::move(resource)), timings_(timings), random_(seed), backoff_(timings.backoff) {
  if (!stored || !is_version(stored->resource_version) || is_polled()) return;
  position_ = std::move(stored->resource_version);
  proven_ = stored->at;
  open_gap(GapCause::Restarted);
}

Step WatchFsm::resume(const Input& input, Moment now) {
  if (std::holds_alternative<input::Cancelled>(input)) phase_ = Phase::Stopped;
  const auto* page = std::get_if<input::PageDone>(&input);
  switch (phase_) {
    case Phase::Idle: std::get<input::Started>(input); return list_from_start();
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

Step WatchFsm::list_from_start() {
  // Where a version was seen before, this list bridges a window that no watch could.
  if (!position_.empty()) open_gap(GapCause::Disconnected);
  continue_token_.clear();
  list_version_.clear();
  list_opened_ = false;
  return list_page();
}

Step WatchFsm::list_page() {
  phase_ = Phase::Listing;
  return {.next = command::ListPage{timings_.page_limit, continue_token_}};
}

std::optional<objects::Gap> WatchFsm::list_opened(std::string_view resource_version, Moment now) {
  if (list_opened_ || !is_version(resource_version)) return std::nullopt;
  list_opened_ = true;
  list_version_ = resource_version;
  const bool rewound = went_back(resource_version) || (gap_ && gap_->cause == GapCause::Rewound);
  if (!rewound) return std::nullopt;
  open_gap(GapCause::Rewound);
  objects::Gap gap = close_gap(resource_version, now.wall);
  position_ = resource_version;  // from here on this is the history
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
      Step step = list_from_start();
      step.gap = std::move(gap);
      return step;
    }
  }
  backoff_.healthy(now.steady);
  if (page.continue_token.empty()) return list_finished(now);  // even a page without items may have a next one
  if (page.continue_token == continue_token_) {
    return list_failed(broken_list(resource_, "the server keeps sending the same page"), now);
  }
  continue_token_ = page.continue_token;
  return list_page();
}

Step WatchFsm::list_finished(Moment now) {
  Step step;
  if (gap_) step.gap = close_gap(list_version_, now.wall);
  if (is_polled()) return poll_finished(std::move(step));
  // The first page's version: all pages show that moment, and a watch from there misses nothing. Items' own versions
  // don't count, they come in the order of names.
  position_ = list_version_;
  proven_ = now.wall;
  ever_synced_ = true;
  can_check_ = true;
  internal_errors_since_.reset();
  step.list_finished = list_version_;
  set_availability(step, Availability::Synced, resource_ + " are listed and watched");
  step.next = watch(now).next;
  return step;
}

/// Nothing is remembered of the stream, for there is none: the next list replaces this one.
Step WatchFsm::poll_finished(Step step) {
  step.list_finished = list_version_;
  set_availability(step, Availability::Synced, resource_ + " are listed");
  step.next = wait(jittered(timings_.poll), After::List).next;
  return step;
}

Step WatchFsm::list_failed(const kube::Error& error, Moment now) {
  if (is_unavailable(error.code)) return unavailable(error, now);
  if (error.code == Errc::resource_version_too_large && !position_.empty()) open_gap(GapCause::Rewound);
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
  if (!can_check_) return watch(now);
  phase_ = Phase::Checking;
  return {.next = command::Check{position_}};
}

Step WatchFsm::check_done(const input::PageDone& page, Moment now) {
  if (went_back(page.resource_version)) return list_from_start();
  return watch(now);
}

Step WatchFsm::watch(Moment now) {
  phase_ = Phase::Watching;
  const double span = static_cast<double>((timings_.watch_max - timings_.watch_min).count());
  stream_timeout_ = timings_.watch_min + seconds{static_cast<seconds::rep>(span * random_unit(random_))};
  stream_started_ = now.steady;
  stream_progressed_ = false;
  return {.next = command::Watch{position_, stream_timeout_}};
}

void WatchFsm::delivered(std::string_view resource_version, Moment now) {
  proven_ = now.wall;
  backoff_.healthy(now.steady);
  if (!is_version(resource_version) || resource_version == position_ || went_back(resource_version)) return;
  position_ = resource_version;
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
  // An end at the agreed deadline is routine. Any other may be a server that shut down, and the one that
  // answers now may have less history.
  if (lived + timings_.deadline_slack >= stream_timeout_) return watch(now);
  return check_or_watch(now);
}

/// Check or Watch failed, or the stream was cut: the place in the stream is kept wherever that can work.
Step WatchFsm::resume_failed(const kube::Error& error, Moment now) {
  if (is_passing(error.code)) return wait_then(After::Resume, now, error.retry_after);
  if (is_unavailable(error.code)) return unavailable(error, now);
  if (error.code == Errc::gone) return relist(GapCause::Expired, now, error.retry_after);
  if (phase_ == Phase::Checking) {
    // A server that merely lags says "too large" as well: the consistent list's version decides whether history went back.
    if (error.code == Errc::resource_version_too_large) {
      return relist(GapCause::Disconnected, now, error.retry_after);
    }
    can_check_ = false;  // an API server that does not know the question: watch without asking
    return wait_then(After::Resume, now, error.retry_after);
  }
  const bool ahead = error.code == Errc::resource_version_too_large;
  return relist(ahead ? GapCause::Rewound : GapCause::Disconnected, now, error.retry_after);
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
    case After::List: return list_from_start();
    case After::NextPage: return list_page();
    case After::Resume: break;
  }
  return check_or_watch(now);
}

// ---- what failures lead to ----

Step WatchFsm::unavailable(const kube::Error& error, Moment now) {
  const bool absent = error.code == Errc::not_found;
  if (!position_.empty()) open_gap(absent ? GapCause::Disconnected : GapCause::Forbidden);
  Step step;
  if (absent) {
    step = wait(jittered(timings_.absent_poll), After::List);
    set_availability(step, Availability::Absent, error.message);
  } else {
    step = wait_then(After::List, now, error.retry_after);
    // 403 says that RBAC refuses this kind; 401 that we are nobody yet, which says nothing of any kind: what
    // was never seen must not be taken for known to be out of sight.
    const bool nobody = error.code == Errc::unauthorized && !ever_synced_;
    set_availability(step, nobody ? Availability::Failing : Availability::Forbidden, error.message);
  }
  return step;
}

Step WatchFsm::relist(GapCause cause, Moment now, const std::optional<seconds>& retry_after) {
  open_gap(cause);
  return wait_then(After::List, now, retry_after);
}

Step WatchFsm::wait_then(After after, Moment now, const std::optional<seconds>& retry_after) {
  milliseconds duration = backoff_.next(now.steady, random_);
  if (retry_after) {
    const milliseconds asked = *retry_after > timings_.retry_after_cap ? timings_.retry_after_cap : *retry_after;
    duration = std::max(duration, asked);
  }
  return wait(duration, after);
}

Step WatchFsm::wait(milliseconds duration, After after) {
  phase_ = Phase::Waiting;
  after_ = after;
  return {.next = command::Wait{duration}};
}

milliseconds WatchFsm::jittered(milliseconds period) {
  const double length = static_cast<double>(period.count()) * (1.0 + kPollJitter * random_unit(random_));
  return milliseconds{static_cast<milliseconds::rep>(length)};
}

void WatchFsm::open_gap(GapCause cause) {
  if (!gap_) {
    gap_ = OpenGap{cause, *proven_, position_};
  } else if (strength(cause) > strength(gap_->cause)) {
    gap_->cause = cause;
  }
}

objects::Gap WatchFsm::close_gap(std::string_view resource_version, objects::Instant until) {
  objects::Gap gap;
  gap.resource = resource_;
  gap.since = gap_->since;
  gap.until = std::max(until, gap_->since);  // the wall's clock may have been set back meanwhile
  gap.first_resource_version = std::move(gap_->first_resource_version);
  gap.last_resource_version = resource_version;
  gap.cause = gap_->cause;
  gap_.reset();
  return gap;
}

bool WatchFsm::went_back(std::string_view resource_version) const {
  return compare_resource_versions(resource_version, position_) == std::partial_ordering::less;
}

void WatchFsm::set_availability(Step& step, Availability availability, std::string why) {
  if (availability == availability_) return;
  availability_ = availability;
  step.availability = AvailabilityChange{availability, std::move(why)};
}

}  // namespace snaptrail::informers
