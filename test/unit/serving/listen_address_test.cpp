#include "serving/listen_address.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <string>

using namespace snaptrail::serving;

TEST_CASE("addresses of both families are read and written back", "[listen]") {
  CHECK(parse_listen_address("127.0.0.1:8080").str() == "127.0.0.1:8080");
  CHECK(parse_listen_address("[::1]:0").str() == "[::1]:0");
  CHECK(parse_listen_address(":9090").str() == "[::]:9090");
  CHECK(parse_listen_address("[::]:65535").host == "::");
}

TEST_CASE("an address that can't be listened on is refused with what to write instead", "[listen]") {
  for (const char* text : {"", "8080", "localhost:8080", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "::1:80",
                           "[::1]", "[127.0.0.1]:80", "[]:80", "1.2.3:80", "127.0.0.1:-1", "127.0.0.1: 80"}) {
    CAPTURE(text);
    try {
      parse_listen_address(text);
      FAIL("accepted");
    } catch (const ServeError& error) {
      CHECK(error.code() == ServeErrc::bad_address);
      CHECK(std::string(error.what()).find("like 0.0.0.0:8080") != std::string::npos);
    }
  }
}
