#include "serving/process_stats.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::serving;

namespace {
constexpr const char* kStat =
    "4242 (snap) trail (x)) S 1 4242 4242 0 -1 4194560 1000 0 5 0 250 50 0 0 20 0 4 0 "
    "12345 104857600 2560 18446744073709551615 1 1 0\n";
constexpr const char* kSystem = "cpu  1 2 3\nnotbtime 5\nbtime 1700000000\nprocesses 9\n";
}  // namespace

TEST_CASE("the kernel's numbers of a process are read behind whatever its command is", "[process]") {
  const ProcessStats stats = parse_process_stat(kStat, kSystem, {100, 4096});
  CHECK(stats.cpu_seconds == 3.0);
  CHECK(stats.virtual_bytes == 104857600.0);
  CHECK(stats.resident_bytes == 2560 * 4096.0);
  REQUIRE(stats.start_seconds);
  CHECK(*stats.start_seconds == Catch::Approx(1700000123.45).epsilon(1e-12));
}

TEST_CASE("what can't be read is left out", "[process]") {
  CHECK_FALSE(parse_process_stat("", kSystem, {}).cpu_seconds);
  CHECK_FALSE(parse_process_stat("1 (x) S 1 2", kSystem, {}).virtual_bytes);
  CHECK_FALSE(parse_process_stat(kStat, "", {}).start_seconds);
  CHECK(process_families(ProcessStats{}).empty());
}

TEST_CASE("this process has sensible numbers", "[process]") {
  const ProcessStats stats = read_process_stats();
  REQUIRE(stats.resident_bytes);
  CHECK(*stats.resident_bytes > 100'000);
  REQUIRE(stats.start_seconds);
  CHECK(*stats.start_seconds > 1'500'000'000);
  REQUIRE(stats.open_fds);
  CHECK(*stats.open_fds >= 1);
  CHECK(*stats.max_fds >= *stats.open_fds);
  CHECK(process_families(stats).size() == 6);
}
