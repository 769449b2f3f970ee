#include "kube/read_pace.hpp"

#include <catch2/catch_test_macros.hpp>

namespace snaptrail::kube::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t kSmall = 2'000;
constexpr int kEnough = 50;

/// Reads, each so long after the last one and its pause; how many were followed by a pause.
int pauses(ReadPace& pace, int reads, std::size_t bytes, microseconds apart, ReadPace::TimePoint& now) {
  int paused = 0;
  for (int read = 0; read < reads; ++read) {
    now += apart;
    const milliseconds pause = pace.pause_after(bytes, now);
    now += pause;
    paused += pause.count() > 0 ? 1 : 0;
  }
  return paused;
}

}  // namespace

TEST_CASE("small pieces in quick succession are let gather", "[pace]") {
  ReadPace pace;
  ReadPace::TimePoint now{std::chrono::hours(1)};
  const int paused = pauses(pace, kEnough, kSmall, microseconds(50), now);
  CHECK(paused > 0);
  CHECK(paused < kEnough);  // the first ones come at once
  CHECK(pauses(pace, kEnough, kSmall, microseconds(50), now) == kEnough);
}

TEST_CASE("pieces that are far apart are read at once", "[pace]") {
  ReadPace pace;
  ReadPace::TimePoint now{std::chrono::hours(1)};
  CHECK(pauses(pace, kEnough, kSmall, milliseconds(2), now) == 0);
}

TEST_CASE("large pieces are read at once", "[pace]") {
  ReadPace pace;
  ReadPace::TimePoint now{std::chrono::hours(1)};
  CHECK(pauses(pace, kEnough, ReadPace::kLarge, microseconds(50), now) == 0);
}

TEST_CASE("the first event after a busy time is read at once, and so are those after it", "[pace]") {
  ReadPace pace;
  ReadPace::TimePoint now{std::chrono::hours(1)};
  REQUIRE(pauses(pace, kEnough, kSmall, microseconds(50), now) > 0);
  CHECK(pauses(pace, 1, kSmall, milliseconds(5), now) == 0);
  CHECK(pauses(pace, ReadPace::kBusy, kSmall, microseconds(50), now) == 0);
}

}  // namespace snaptrail::kube::test
