#include "informers/resource_version.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using snaptrail::informers::compare_resource_versions;

TEST_CASE("of two resourceVersions the one with more digits is newer, then bytes decide", "[resource_version]") {
  CHECK(compare_resource_versions("9", "10") == std::partial_ordering::less);
  CHECK(compare_resource_versions("10", "9") == std::partial_ordering::greater);
  CHECK(compare_resource_versions("123", "124") == std::partial_ordering::less);
  CHECK(compare_resource_versions("124", "124") == std::partial_ordering::equivalent);
  CHECK(compare_resource_versions("18446744073709551616", "18446744073709551615") == std::partial_ordering::greater);
  CHECK(compare_resource_versions(std::string(39, '3'), std::string(39, '2')) == std::partial_ordering::greater);
}

TEST_CASE("malformed resourceVersions are equal or unordered", "[resource_version]") {
  for (const char* text : {"", "0", "007", "12a", "-1", " 1", "1 ", "1.5"}) {
    INFO(text);
    CHECK(compare_resource_versions(text, "1") == std::partial_ordering::unordered);
    CHECK(compare_resource_versions("1", text) == std::partial_ordering::unordered);
    CHECK(compare_resource_versions(text, text) == std::partial_ordering::equivalent);
  }
  CHECK(compare_resource_versions(std::string(40, '1'), std::string(39, '9')) == std::partial_ordering::unordered);
}
