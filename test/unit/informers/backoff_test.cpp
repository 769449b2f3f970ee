#include "informers/backoff.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <vector>

using namespace snaptrail::informers;
using namespace std::chrono_literals;

namespace {

const Backoff::Time kStart{};

BackoffLimits without_jitter() {
  BackoffLimits limits;
  limits.jitter = 0.0;
  return limits;
}

}  // namespace

TEST_CASE("backoff doubles from 0.8 seconds up to its cap of 30 seconds", "[backoff]") {
  Backoff backoff(without_jitter());
  Random random(1);
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 8; ++i) waits.push_back(backoff.next(kStart, random));
  CHECK(waits == std::vector<std::chrono::milliseconds>{800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 30s, 30s});
}

TEST_CASE("backoff's jitter adds up to the whole wait and spreads evenly", "[backoff]") {
  Random random(7);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto wait = Backoff().next(kStart, random);
    REQUIRE(wait >= 800ms);
    REQUIRE(wait < 1600ms);
    sum += static_cast<double>(wait.count());
  }
  CHECK(sum / 1000 > 1150);
  CHECK(sum / 1000 < 1250);
}

TEST_CASE("backoff gives the same waits for the same seed", "[backoff]") {
  Random one(42), two(42), other(43);
  Backoff first, second, third;
  std::vector<std::chrono::milliseconds> a, b, c;
  for (int i = 0; i < 10; ++i) {
    a.push_back(first.next(kStart, one));
    b.push_back(second.next(kStart, two));
    c.push_back(third.next(kStart, other));
  }
  CHECK(a == b);
  CHECK(a != c);
}

TEST_CASE("backoff starts anew after two healthy minutes and not earlier", "[backoff]") {
  Backoff backoff(without_jitter());
  Random random(1);
  for (int i = 0; i < 4; ++i) backoff.next(kStart, random);
  backoff.healthy(kStart + 1s);
  CHECK(backoff.next(kStart + 1s + 119'999ms, random) == 12800ms);
  backoff.healthy(kStart + 200s);
  backoff.healthy(kStart + 300s);
  CHECK(backoff.next(kStart + 320s, random) == 800ms);
}

TEST_CASE("backoff does not start anew by time alone, without anything that worked", "[backoff]") {
  Backoff backoff(without_jitter());
  Random random(1);
  backoff.next(kStart, random);
  CHECK(backoff.next(kStart + 1h, random) == 1600ms);
}

TEST_CASE("backoff keeps growing where every other call works", "[backoff]") {
  Backoff backoff(without_jitter());
  Random random(1);
  auto now = kStart;
  std::chrono::milliseconds last{0};
  for (int i = 0; i < 10; ++i) {
    backoff.healthy(now += 1s);
    last = backoff.next(now += 60s, random);
  }
  CHECK(last == 30s);
}
