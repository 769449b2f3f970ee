#include "cmd/snaptrail/time_text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "cmd/snaptrail/byte_size.hpp"
#include "cmd/snaptrail/commands.hpp"

using namespace snaptrail;
using namespace snaptrail::cmd;
using namespace std::chrono_literals;

namespace {

/// Sets the local zone for one test.
class InZone {
 public:
  explicit InZone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~InZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
  InZone(const InZone&) = delete;
  InZone& operator=(const InZone&) = delete;
};

const objects::Instant kAt = *objects::parse_rfc3339("2026-11-22T23:11:07.006Z");

}  // namespace

TEST_CASE("times are in UTC or in the local zone, as asked, and their title says which", "[time_text]") {
  const InZone zone("XYZ-5:30");
  CHECK(time_text(kAt, Zone::Utc) == "2026-11-22 23:11:07.006");
  CHECK(time_text(kAt, Zone::Local) == "2026-11-23 04:41:07.006");
  CHECK(time_title(Zone::Utc, kAt) == "TIME (UTC)");
  CHECK(time_title(Zone::Local, kAt) == "TIME (XYZ)");
}

TEST_CASE("sizes are read in powers of 1000 and of 1024", "[byte_size]") {
  const std::pair<const char*, std::uint64_t> table[] = {
      {"1", 1},
      {"1000", 1000},
      {"5k", 5'000},
      {"5kB", 5'000},
      {"500MB", 500'000'000},
      {"2GiB", 2'147'483'648},
      {"2Gi", 2'147'483'648},
      {"1kib", 1024},
  };
  for (const auto& [text, size] : table) {
    CAPTURE(text);
    CHECK(parse_byte_size(text, "--max-size") == size);
  }
  for (const char* text : {"", "0", "-1", "1.5GB", "5 MB", "5TBx", "99999999999GiB", "MB"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_byte_size(text, "--max-size"), Failure);
  }
}

TEST_CASE("a moment is a time or how long ago, and nothing else", "[time_text]") {
  CHECK(parse_moment("2026-11-22T23:11:07.006Z", kAt + 5h) == kAt);
  CHECK(parse_moment("2026-11-23T00:11:07.006+01:00", kAt + 5h) == kAt);
  CHECK(parse_moment("90s", kAt) == kAt - 90s);
  CHECK(parse_moment("3d12h", kAt) == kAt - 84h);
  for (const char* text : {"", "yesterday", "5", "-5m", "2026-11-22", "1h30", "99999999999d"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_moment(text, kAt), std::invalid_argument);
  }
}
