#include "objects/uid.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::objects;

TEST_CASE("a UID reads and writes as the API has it", "[uid]") {
  const auto uid = Uid::parse("79cb4a24-cab6-4b23-9976-2e10cf645918");
  REQUIRE(uid);
  CHECK(uid->str() == "79cb4a24-cab6-4b23-9976-2e10cf645918");
  CHECK(*uid == *Uid::parse("79CB4A24-CAB6-4B23-9976-2E10CF645918"));
}

TEST_CASE("what is no UUID is refused", "[uid]") {
  for (const char* text :
       {"", "79cb4a24", "79cb4a24xcab6-4b23-9976-2e10cf645918", "79cb4a24-cab6-4b23-9976-2e10cf64591",
        "79cb4a24-cab6-4b23-9976-2e10cf6459188", "g9cb4a24-cab6-4b23-9976-2e10cf645918"}) {
    CAPTURE(text);
    CHECK_FALSE(Uid::parse(text));
  }
}

TEST_CASE("no UID prints as nothing", "[uid]") {
  CHECK(Uid().str().empty());
  CHECK_FALSE(Uid());
}
