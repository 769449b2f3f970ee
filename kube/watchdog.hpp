#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace snaptrail::kube {

/// The one place where a network wait gets its deadline: closes what is waited for when its time is up. Two
/// limits run together, that of the phase (restarted at will, cheaply: no timer is touched while it only
/// moves later) and that of the whole call. After expire() was called nothing runs any more.
///
/// Threading: from the executor's strand only. Its destructor stops it.
class Watchdog {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Expired { no, phase, total };

  /// `expire` must make every pending operation return, and must not destroy the Watchdog.
  Watchdog(const boost::asio::any_io_executor& executor, std::function<void()> expire);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Limits all that follows; zero: no limit.
  void limit_total(std::chrono::milliseconds limit);
  /// Begins a phase, in place of the one before.
  void start_phase(std::chrono::milliseconds limit);
  /// Ends the phase: only the total limit runs on.
  void end_phase();

  Expired expired() const;

 private:
  struct State;
  void update();

  std::shared_ptr<State> state_;
};

}  // namespace snaptrail::kube
