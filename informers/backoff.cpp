#include "informers/backoff.hpp"

#include <algorithm>

namespace snaptrail::informers {

using std::chrono::milliseconds;

double random_unit(Random& random) {
  return static_cast<double>(random() >> 11) * 0x1.0p-53;  // the 53 bits that a double holds exactly
}

milliseconds Backoff::next(Time now, Random& random) {
  if (healthy_since_ && now - *healthy_since_ >= limits_.reset_after) base_ = milliseconds{0};
  healthy_since_.reset();
  const double grown = base_.count() == 0 ? static_cast<double>(limits_.initial.count())
                                          : static_cast<double>(base_.count()) * limits_.factor;
  base_ = milliseconds{static_cast<milliseconds::rep>(std::min(grown, static_cast<double>(limits_.cap.count())))};
  const double wait = static_cast<double>(base_.count()) * (1.0 + limits_.jitter * random_unit(random));
  return milliseconds{static_cast<milliseconds::rep>(wait)};
}

void Backoff::healthy(Time now) {
  if (!healthy_since_) healthy_since_ = now;
}

}  // namespace snaptrail::informers
