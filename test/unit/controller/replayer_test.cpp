#include "controller/replayer.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace snaptrail;

TEST_CASE("a recording that is played faster than it was never lies in the future", "[replayer]") {
  const objects::Instant now{objects::Millis{1'000'000'000}};
  informers::RecordingSummary summary;
  summary.first = objects::Instant{objects::Millis{5'000}};
  summary.last = *summary.first + objects::Millis{200'000};
  for (const double speed : {0.5, 1.0, 3.0, 30.0, 1000.0}) {
    CAPTURE(speed);
    const auto shift = controller::shift_to(now, summary, speed);
    for (const int part : {0, 50'000, 200'000}) {
      const auto told = *summary.first + objects::Millis{part} + shift;
      const auto played = now + objects::Millis{static_cast<std::int64_t>(part / speed)};
      CHECK(told <= played + objects::Millis{1});
    }
    const auto last = *summary.last + shift;
    if (speed >= 1)
      CHECK(last + objects::Millis{2} >= now + objects::Millis{static_cast<std::int64_t>(200'000 / speed)});
  }
  CHECK(controller::shift_to(now, {}, 2).count() == 0);
}
