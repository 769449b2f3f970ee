#include "informers/failure_log.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::informers;
using namespace std::chrono_literals;

namespace {
const FailureLog::Time kStart{};
}

TEST_CASE("a failure log says the first failure at once and the same again after five minutes", "[failure_log]") {
  FailureLog log;
  CHECK(log.failed("unreachable", kStart));
  CHECK_FALSE(log.failed("unreachable", kStart + 1s));
  CHECK_FALSE(log.failed("unreachable", kStart + 299s));
  CHECK(log.failed("unreachable", kStart + 300s));
  CHECK_FALSE(log.failed("unreachable", kStart + 301s));
}

TEST_CASE("a failure log says another kind of failure at once", "[failure_log]") {
  FailureLog log;
  CHECK(log.failed("unreachable", kStart));
  CHECK(log.failed("forbidden", kStart + 1s));
  CHECK_FALSE(log.failed("unreachable", kStart + 2s));
}

TEST_CASE("a failure log tells once how long a failure lasted", "[failure_log]") {
  FailureLog log;
  CHECK_FALSE(log.recovered(kStart));
  log.failed("unreachable", kStart);
  log.failed("unreachable", kStart + 50s);
  CHECK(log.recovered(kStart + 60s) == 60s);
  CHECK_FALSE(log.recovered(kStart + 61s));
}

TEST_CASE("a failure log does not speak at every turn of a stream that fails and recovers", "[failure_log]") {
  FailureLog log;
  int lines = 0;
  for (auto now = kStart; now < kStart + 1h; now += 10s) {
    lines += log.failed("disconnected", now) ? 1 : 0;
    lines += log.recovered(now + 5s) ? 1 : 0;
  }
  CHECK(lines == 24);  // one failure and one recovery in five minutes
}
