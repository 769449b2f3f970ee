#include "cmd/snaptrail/time_text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

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
