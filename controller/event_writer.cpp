#include "controller/event_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace snaptrail::controller {
namespace {

using std::chrono::milliseconds;

/// Where more is due than the limit lets through at once.
constexpr milliseconds kShortPause{200};

objects::Instant wall_clock() { return std::chrono::floor<objects::Millis>(std::chrono::system_clock::now()); }

/// The server, or the way to it, may be better in a moment; what was asked is right.
bool is_passing(kube::Errc code) {
  switch (code) {
    case kube::Errc::unreachable:
    case kube::Errc::timed_out:
    case kube::Errc::disconnected:
    case kube::Errc::too_many_requests:
    case kube::Errc::unavailable:
    case kube::Errc::server_error: return true;
    default: return false;
  }
}

}  // namespace

EventWriter::EventWriter(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> cluster,
                         const Log& log, std::string instance)
    : log_(log),
      book_(std::move(instance)),
      calls_(executor, std::move(cluster), {1, 1, std::chrono::seconds(10)}),
      timer_(executor) {}

void EventWriter::recorded(const objects::Row& row) {
  if (stopped_) return;
  if (!book_.recorded(row)) ++stats_.dropped;
  pump();
}

void EventWriter::stop() {
  stopped_ = true;
  stats_.dropped += book_.waiting();
  timer_.cancel();
  calls_.stop();
}

void EventWriter::pump() {
  if (writing_ || stopped_) return;
  auto next = book_.next(wall_clock());
  if (!next) return sleep();
  kube::Write write = std::move(next->write);
  writing_ = calls_.submit(std::move(write),
                           [this, told = *next](const kube::Result<std::string>& result) { answered(told, result); });
}

void EventWriter::sleep() {
  const auto due = book_.due();
  if (!due) return;
  timer_.expires_after(std::max(kShortPause, milliseconds(*due - wall_clock())));
  timer_.async_wait([this](const boost::system::error_code& aborted) {
    if (!aborted) pump();
  });
}

void EventWriter::answered(const EventBook::Next& next, const kube::Result<std::string>& result) {
  writing_ = false;
  const objects::Instant now = wall_clock();
  // A create that was sent twice was good the first time.
  const bool is_there = !result && next.creates && result.error().code == kube::Errc::conflict;
  if (result || is_there) {
    ++(next.creates ? stats_.created : stats_.patched);
    book_.written(next, now);
    if (std::exchange(failing_, std::nullopt)) log_.info("events: Kubernetes Events about findings are written again");
  } else if (!next.creates && result.error().code == kube::Errc::not_found) {
    book_.missing(next, now);
  } else {
    if (book_.failed(next, is_passing(result.error().code), now)) ++stats_.failed;
    note_failure(result.error());
  }
  pump();
}

void EventWriter::note_failure(const kube::Error& error) {
  if (failing_ == error.code) return;
  failing_ = error.code;
  const bool is_right = error.code == kube::Errc::forbidden;
  log_.warn(fmt::format("events: a Kubernetes Event about a finding can't be written: {}{}", error.message,
                        is_right ? "; unless the namespace is ending, grant `create` and `patch` on events "
                                   "(docs/security.md)"
                                 : ""));
}

}  // namespace snaptrail::controller
