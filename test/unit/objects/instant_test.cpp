#include "objects/instant.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::objects;

TEST_CASE("an API time of whole seconds comes back with milliseconds", "[instant]") {
  const auto at = parse_rfc3339("2026-11-22T23:11:11Z");
  REQUIRE(at);
  CHECK(at->time_since_epoch().count() == 1795389071000);
  CHECK(format_rfc3339(*at) == "2026-11-22T23:11:11.000Z");
}

TEST_CASE("fractions are cut to milliseconds, shorter ones are filled up", "[instant]") {
  CHECK(format_rfc3339(*parse_rfc3339("2026-11-22T23:11:11.9Z")) == "2026-11-22T23:11:11.900Z");
  CHECK(format_rfc3339(*parse_rfc3339("2026-11-22T23:11:11.906999999Z")) == "2026-11-22T23:11:11.906Z");
}

TEST_CASE("a numeric offset is taken off", "[instant]") {
  CHECK(format_rfc3339(*parse_rfc3339("2026-11-23T01:11:11+02:00")) == "2026-11-22T23:11:11.000Z");
  CHECK(format_rfc3339(*parse_rfc3339("2026-11-22T18:11:11-05:00")) == "2026-11-22T23:11:11.000Z");
}

TEST_CASE("what is no RFC 3339 time is refused", "[instant]") {
  for (const char* text :
       {"", "now", "2026-11-22", "2026-11-22T23:11:11", "2026-13-22T23:11:11Z", "2026-02-30T00:00:00Z",
        "2026-11-22T24:11:11Z", "2026-11-22T23:11:11.Z", "2026-11-22T23:11:11+2:00", "2026-11-22T23:11:11ZZ",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "2026-00-10T00:00:00Z", "2026-10-00T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("an empty MaybeInstant holds nothing and costs eight bytes", "[instant]") {
  static_assert(sizeof(MaybeInstant) == 8);
  CHECK_FALSE(MaybeInstant().has_value());
  CHECK(*MaybeInstant(Instant{Millis{5}}) == Instant{Millis{5}});
}
