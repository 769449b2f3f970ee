#pragma once

#include <chrono>
#include <optional>
#include <random>

namespace snaptrail::informers {

/// Where all chance comes from; seeded, so that a test sees the same run twice.
using Random = std::mt19937_64;

/// Evenly in [0, 1), the same on every standard library (whose distributions differ).
double random_unit(Random& random);

/// How failures are spaced out. The numbers are those of client-go and kube-rs: a fleet of clients at these
/// waits does not keep an API server down that is just coming back.
struct BackoffLimits {
  std::chrono::milliseconds initial{800};                          ///< first wait, before jitter
  double factor = 2.0;                                             ///< each wait over the one before
  std::chrono::milliseconds cap{std::chrono::seconds{30}};         ///< longest wait, before jitter
  double jitter = 1.0;                                             ///< up to this share is added, evenly
  std::chrono::milliseconds reset_after{std::chrono::minutes{2}};  ///< so long healthy: start anew
};

/// Exponential waits between the failures of one stream. Pure: time and chance are arguments. With the
/// defaults a wait is 0.8 to 1.6 s at first, and 30 to 60 s in the end.
class Backoff {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Backoff(BackoffLimits limits = {}) : limits_(limits) {}

  /// A failure at `now`: how long to wait before the next attempt.
  std::chrono::milliseconds next(Time now, Random& random);
  /// Something worked at `now`. The waits shrink back only once this has gone on for reset_after, so that a server
  /// that answers one call in two is still left in peace.
  void healthy(Time now);

 private:
  BackoffLimits limits_;
  std::chrono::milliseconds base_{0};  ///< the last wait before jitter; 0: none yet
  std::optional<Time> healthy_since_;
};

}  // namespace snaptrail::informers
