// What failures lead to: waits, gaps and availability. WatchFsm's part of them.
#include <algorithm>
#include <compare>
#include <utility>

#include "informers/resource_version.hpp"
#include "informers/watch_fsm.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::informers {

using kube::Errc;
using objects::GapCause;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// What is polled is polled by this share later at most, so that the many who poll spread out.
constexpr double kPollJitter = 0.2;

}  // namespace

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
  return compare_resource_versions(resource_version, witnessed_) == std::partial_ordering::less;
}

void WatchFsm::set_availability(Step& step, Availability availability, std::string why) {
  if (availability == availability_) return;
  availability_ = availability;
  step.availability = AvailabilityChange{availability, std::move(why)};
}

}  // namespace snaptrail::informers
