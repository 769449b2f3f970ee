#include "kube/watchdog.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

namespace snaptrail::kube {
namespace {

using TimePoint = Watchdog::Clock::time_point;
constexpr TimePoint kNever = TimePoint::max();

/// A limit so long that adding it would overflow is none.
TimePoint after(std::chrono::milliseconds limit) {
  const TimePoint now = Watchdog::Clock::now();
  return limit < kNever - now ? now + limit : kNever;
}

}  // namespace

/// Shared with the timer's handler, which may run after the Watchdog is gone.
struct Watchdog::State : std::enable_shared_from_this<State> {
  State(const boost::asio::any_io_executor& executor, std::function<void()> on_expire)
      : timer(executor), expire(std::move(on_expire)) {}

  TimePoint deadline() const { return std::min(phase, total); }

  /// Waits until the deadline as it is now; a wait under way is replaced.
  void arm() {
    armed_for = deadline();
    timer.expires_at(armed_for);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& aborted) {
      if (!aborted) self->on_time();
    });
  }

  void on_time() {
    armed_for = kNever;
    if (!expire || deadline() == kNever) return;
    if (Clock::now() < deadline()) return arm();  // it was moved meanwhile
    expired = total <= phase ? Expired::total : Expired::phase;
    std::exchange(expire, nullptr)();
  }

  boost::asio::steady_timer timer;
  std::function<void()> expire;
  TimePoint phase = kNever;
  TimePoint total = kNever;
  TimePoint armed_for = kNever;
  Expired expired = Expired::no;
};

Watchdog::Watchdog(const boost::asio::any_io_executor& executor, std::function<void()> expire)
    : state_(std::make_shared<State>(executor, std::move(expire))) {}

Watchdog::~Watchdog() {
  state_->expire = nullptr;
  state_->timer.cancel();
}

void Watchdog::limit_total(std::chrono::milliseconds limit) {
  state_->total = limit.count() > 0 ? after(limit) : kNever;
  update();
}

void Watchdog::start_phase(std::chrono::milliseconds limit) {
  state_->phase = after(limit);
  update();
}

void Watchdog::end_phase() { state_->phase = kNever; }

void Watchdog::update() {
  if (state_->expire && state_->deadline() < state_->armed_for) state_->arm();
}

Watchdog::Expired Watchdog::expired() const { return state_->expired; }

}  // namespace snaptrail::kube
