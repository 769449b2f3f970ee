#include "informers/quantity.hpp"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using snaptrail::informers::parse_quantity;

TEST_CASE("quantities in every notation become whole numbers", "[quantity]") {
  CHECK(parse_quantity("0") == 0);
  CHECK(parse_quantity("1073741824") == 1073741824);
  CHECK(parse_quantity("1Gi") == 1073741824);
  CHECK(parse_quantity("+1Gi") == 1073741824);
  CHECK(parse_quantity("0.5Gi") == 536870912);
  CHECK(parse_quantity(".5Gi") == 536870912);
  CHECK(parse_quantity("5.Ki") == 5120);
  CHECK(parse_quantity("500M") == 500000000);
  CHECK(parse_quantity("12k") == 12000);
  CHECK(parse_quantity("1e3") == 1000);
  CHECK(parse_quantity("1E3") == 1000);
  CHECK(parse_quantity("1E") == 1000000000000000000);
  CHECK(parse_quantity("1Ei") == 1152921504606846976);
  CHECK(parse_quantity("2.5e+2") == 250);
  CHECK(parse_quantity("000000000000000000000000000007") == 7);
}

TEST_CASE("a fraction of a quantity is rounded up", "[quantity]") {
  CHECK(parse_quantity("100m") == 1);
  CHECK(parse_quantity("1500m") == 2);
  CHECK(parse_quantity("1n") == 1);
  CHECK(parse_quantity("1e-60") == 1);
  CHECK(parse_quantity("0e-99") == 0);
  CHECK(parse_quantity("1.0000000001Ki") == 1025);
}

TEST_CASE("quantities up to the largest int64 are read, and none beyond", "[quantity]") {
  CHECK(parse_quantity("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_quantity("9223372036854775808") == std::nullopt);
  CHECK(parse_quantity("8Ei") == std::nullopt);
  CHECK(parse_quantity("9999999999999999999Ei") == std::nullopt);
  CHECK(parse_quantity("1e99") == std::nullopt);
  CHECK(parse_quantity("1e999") == std::nullopt);
  CHECK(parse_quantity("12345678901234567890") == std::nullopt);
}

TEST_CASE("what is no quantity is refused", "[quantity]") {
  for (const char* text :
       {"",     "+",     "-1",   "-1Gi", ".",   "Gi",    "1 Gi",  " 1",   "1 ",  "1gi", "1GI", "1ki",   "1K",
        "1Gib", "1.2.3", "0x10", "1e",   "1e+", "1e1.5", "1e3Gi", "1Gi1", "NaN", "inf", "++1", "1e+-1", "1\n"}) {
    INFO(text);
    // "1e" alone is no exponent; "1E" is exa.
    CHECK(parse_quantity(text) == std::nullopt);
  }
}
