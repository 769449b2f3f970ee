#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace snaptrail::kube {

/// When to let an answer's bytes gather in the kernel before the next read. A server flushes each event of a busy stream on
/// its own, and waking up for one costs more than its contents: as network drivers moderate interrupts, small pieces in quick
/// succession are taken a pause's worth at a time. A stream whose events are further apart than that is read at once.
///
/// Threading: none of its own. The clock is the caller's.
class ReadPace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds kPause{1};
  static constexpr std::size_t kLarge = 16 * 1024;  ///< bytes: such a read was worth its wake-up
  static constexpr int kBusy = 8;                   ///< so many quick reads in a row make a stream busy

  /// A read has brought `bytes` at `now`: how long to wait before the next one; zero: not at all.
  std::chrono::milliseconds pause_after(std::size_t bytes, TimePoint now) {
    const bool quick = bytes < kLarge && now - ready_ <= kPause;
    quick_ = quick ? std::min(quick_ + 1, kBusy + 1) : 0;
    const auto pause = quick_ > kBusy ? kPause : std::chrono::milliseconds(0);
    ready_ = now + pause;
    return pause;
  }

 private:
  TimePoint ready_;  ///< when the next read could begin
  int quick_ = 0;
};

}  // namespace snaptrail::kube
