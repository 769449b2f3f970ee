#include "controller/config_value.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace snaptrail::controller;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

RawValue raw(std::string text) { return {std::move(text), std::nullopt}; }

}  // namespace

TEST_CASE("durations of one or several units are read", "[config_value]") {
  CHECK(parse_duration("0") == 0ms);
  CHECK(parse_duration("0s") == 0ms);
  CHECK(parse_duration("5ms") == 5ms);
  CHECK(parse_duration("10s") == 10s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("180d") == 180 * 24h);
  CHECK(parse_duration("1d1h1m1s1ms") == 25h + 61s + 1ms);
  CHECK(parse_duration("36500d") == 36'500 * 24h);
}

TEST_CASE("what is no duration is refused with an example of one", "[config_value]") {
  for (const char* text : {"",
                           "5",
                           "s",
                           "5 s",
                           " 5s",
                           "5s ",
                           "-5s",
                           "+5s",
                           "1.5h",
                           "5sec",
                           "5S",
                           "5s5s",
                           "5s1h",
                           "1h1d",
                           "ms5",
                           "36500d1ms",
                           "99999999999999999999s",
                           "9223372036854775807d",
                           "5µs",
                           "1e3s"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_duration(text), ContainsSubstring("write a duration like"));
  }
}

TEST_CASE("a duration is written as it is read", "[config_value]") {
  for (const char* text : {"0", "5ms", "10s", "1m30s", "1h", "1d12h", "180d", "36500d"}) {
    CHECK(format_duration(parse_duration(text)) == text);
  }
}

TEST_CASE("bounds of durations and numbers are included", "[config_value]") {
  CHECK(duration_between(raw("1s"), 1s, 2s) == 1s);
  CHECK(duration_between(raw("2s"), 1s, 2s) == 2s);
  CHECK_THROWS_AS(duration_between(raw("2001ms"), 1s, 2s), ValueError);
  CHECK_THROWS_AS(duration_between(raw("0"), 1s, 2s), ValueError);
  CHECK(duration_between(raw("0"), 1s, 2s, true) == 0s);
  CHECK(number_between(raw("1"), 1, 2) == 1);
  CHECK(number_between(raw("2"), 1, 2) == 2);
  CHECK_THROWS_AS(number_between(raw("3"), 1, 2), ValueError);
  CHECK_THROWS_AS(number_between(raw(""), 0, 2), ValueError);
}

TEST_CASE("addresses of both families are read and written", "[config_value]") {
  CHECK(listen_address(raw("127.0.0.1:8080")) == ListenAddress{"127.0.0.1", 8080});
  CHECK(listen_address(raw("localhost:80")) == ListenAddress{"127.0.0.1", 80});
  CHECK(listen_address(raw("0.0.0.0:0")) == ListenAddress{"0.0.0.0", 0});
  CHECK(listen_address(raw("[::]:65535")) == ListenAddress{"::", 65'535});
  CHECK(listen_address(raw("[FE80:0:0::1]:1")) == ListenAddress{"fe80::1", 1});
  CHECK(format_listen({"::1", 9}) == "[::1]:9");
  CHECK(format_listen({"10.0.0.1", 9}) == "10.0.0.1:9");
}

TEST_CASE("an address that lacks a part is refused with both forms", "[config_value]") {
  for (const char* text :
       {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", "::1:80", "[::1]",
        "[127.0.0.1]:80", "[localhost]:80", "example.org:80", "[]:80", "1.2.3:80", "http://127.0.0.1:80"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(listen_address(raw(text)), ContainsSubstring("[::]:8080"));
  }
}

TEST_CASE("text is taken as it is, backslashes and letters of other scripts too", "[config_value]") {
  CHECK(text_value(raw("C:\\données"), 100, false) == "C:\\données");
  CHECK_THROWS_AS(text_value(raw("\xff"), 100, false), ValueError);
  CHECK_THROWS_AS(text_value(raw("tab\t"), 100, false), ValueError);
}

TEST_CASE("a long value is cut in messages, and never shown raw", "[config_value]") {
  CHECK(in_quotes("plain") == "\"plain\"");
  CHECK(in_quotes(std::string(61, 'x')) == "\"" + std::string(60, 'x') + "…\"");
  CHECK_THAT(in_quotes("\x1b[2J"), !ContainsSubstring("\x1b"));
}
