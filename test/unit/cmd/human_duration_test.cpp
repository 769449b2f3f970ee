#include "cmd/snaptrail/human_duration.hpp"

#include <catch2/catch_test_macros.hpp>
#include <utility>

using namespace snaptrail;
using namespace std::chrono_literals;

TEST_CASE("durations read as kubectl's", "[human_duration]") {
  const auto days = [](int count) { return objects::Millis(24h) * count; };
  // The boundaries of apimachinery's HumanDuration, each from both sides.
  const std::pair<objects::Millis, const char*> table[] = {
      {-2s, "<invalid>"},
      {-1999ms, "0s"},
      {-1s, "0s"},
      {-1ms, "0s"},
      {0ms, "0s"},
      {999ms, "0s"},
      {1s, "1s"},
      {119s, "119s"},
      {2min, "2m"},
      {2min + 1s, "2m1s"},
      {4min + 10s, "4m10s"},
      {9min + 59s, "9m59s"},
      {10min, "10m"},
      {10min + 59s, "10m"},
      {179min + 59s, "179m"},
      {3h, "3h"},
      {3h + 1min, "3h1m"},
      {7h + 59min, "7h59m"},
      {8h, "8h"},
      {8h + 59min, "8h"},
      {47h + 59min, "47h"},
      {48h, "2d"},
      {53h, "2d5h"},
      {191h, "7d23h"},
      {192h, "8d"},
      {days(729) + 23h, "729d"},
      {days(730), "2y"},
      {days(3 * 365 + 12), "3y12d"},
      {days(8 * 365 - 1), "7y364d"},
      {days(8 * 365), "8y"},
      {days(9 * 365 + 300), "9y"},
  };
  for (const auto& [duration, text] : table) {
    CAPTURE(duration.count());
    CHECK(cmd::human_duration(duration) == text);
  }
}
