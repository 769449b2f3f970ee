#include "objects/utf8.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::objects;

TEST_CASE("text that is fine stays as it is", "[utf8]") {
  CHECK(to_valid_utf8("größe 日本 🙂") == "größe 日本 🙂");
  CHECK(to_printable("größe 日本 🙂") == "größe 日本 🙂");
}

TEST_CASE("bytes that are no UTF-8 become replacement characters", "[utf8]") {
  CHECK(to_valid_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
  CHECK(to_valid_utf8("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong slash
  CHECK(to_valid_utf8("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // surrogate
  CHECK(to_valid_utf8("\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");                  // cut off
  CHECK(to_valid_utf8("\xF5\x80\x80\x80").size() == 12);                           // beyond U+10FFFF
}

TEST_CASE("only printable ASCII without quote and backslash stands for itself", "[utf8]") {
  for (int byte = 0; byte < 256; ++byte) {
    const char text[] = {'a', static_cast<char>(byte), 'z'};
    const bool plain = byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
    CHECK(stands_for_itself({text, 3}) == plain);
  }
  CHECK(stands_for_itself(""));
}

TEST_CASE("no escape sequence and no line break reaches a terminal", "[utf8]") {
  CHECK(to_printable("\x1b[31mred\x1b[0m") == "\\x1b[31mred\\x1b[0m");
  CHECK(to_printable("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(to_printable("\xC2\x9B"
                     "31m") == "\\x9b31m");  // C1 control sequence introducer
  CHECK(to_printable("a\xE2\x80\xAE"
                     "b") == "a\\u202eb");  // right-to-left override
  CHECK(to_printable(std::string_view("\0", 1)) == "\\x00");
}
