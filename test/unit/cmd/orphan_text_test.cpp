#include "cmd/snaptrail/orphan_text.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

#include "cmd/snaptrail/byte_size.hpp"

using namespace snaptrail::cmd;

namespace {

std::string text(std::string_view orphans) {
  return orphan_text(boost::json::parse("{\"orphans\":" + std::string(orphans) + "}").as_object());
}

}  // namespace

TEST_CASE("what no VolumeSnapshot has any more is summed up by policy, size and age over all drivers", "[status]") {
  CHECK(text(R"([{"driver":"a","deletionPolicy":"Retain","age":"older","contents":1,"restoreSizeBytes":1073741824},
                 {"driver":"b","deletionPolicy":"Retain","age":"1d","contents":2,"restoreSizeBytes":536870912},
                 {"driver":"a","deletionPolicy":"Delete","age":"7d","contents":3,"restoreSizeBytes":0}])") ==
        "3 retained without a VolumeSnapshot, 1.5 GiB in all: 2 up to 1 day old, 1 older\n"
        "3 left behind with policy Delete, without a VolumeSnapshot: 3 up to 7 days\n");
}

TEST_CASE("nothing is said where there is nothing, or where the answer is odd", "[status]") {
  CHECK(text("[]").empty());
  CHECK(text("null").empty());
  CHECK(text(R"([null, {"contents":-1}, {"contents":"x"}])").empty());
  CHECK(orphan_text({}).empty());
}

TEST_CASE("sizes are told in the unit that fits, with a digit behind the point where that matters", "[status]") {
  CHECK(byte_size_text(0) == "0 B");
  CHECK(byte_size_text(1023) == "1023 B");
  CHECK(byte_size_text(1536) == "1.5 KiB");
  CHECK(byte_size_text(20ULL << 30) == "20 GiB");
  CHECK(byte_size_text(~0ULL) == "16384 PiB");
}
