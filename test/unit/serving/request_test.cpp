#include "serving/request.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::serving;

TEST_CASE("a target's path and query are decoded", "[request]") {
  const auto target = parse_target("/api/v1/time%6Cine?name=a%2Fb&handle=x+y&verbose&name=second");
  REQUIRE(target);
  CHECK(target->path == "/api/v1/timeline");
  Request request{*target, {}};
  REQUIRE(request.param("name"));
  CHECK(*request.param("name") == "a/b");
  CHECK(*request.param("handle") == "x y");
  CHECK(request.param("verbose")->empty());
  CHECK(request.param("absent") == nullptr);
}

TEST_CASE("the absolute form that proxies send is read, without a path it means the root", "[request]") {
  CHECK(parse_target("http://node:8080/metrics?x=1")->path == "/metrics");
  CHECK(parse_target("http://node:8080")->path == "/");
}

TEST_CASE("a target that is malformed is refused", "[request]") {
  for (const char* text :
       {"", "metrics", "*", "/a b", "/%zz", "/%4", "/?q=%G1", "mailto:someone", "/\x01", "/\xff", "node:443"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_target(text));
  }
}

TEST_CASE("an alternative counts only where it is named and not weighted to nothing", "[request]") {
  CHECK(names_acceptable("gzip", "gzip"));
  CHECK(names_acceptable("deflate, GZIP;q=0.5", "gzip"));
  CHECK(names_acceptable("text/html;level=1;q=0.2, application/json", "application/json"));
  CHECK_FALSE(names_acceptable("", "gzip"));
  CHECK_FALSE(names_acceptable("*", "gzip"));
  CHECK_FALSE(names_acceptable("gzip;q=0", "gzip"));
  CHECK_FALSE(names_acceptable("gzip ; q=0.000", "gzip"));
  CHECK_FALSE(names_acceptable("xgzip, gzipx", "gzip"));
  CHECK_FALSE(names_acceptable(",;,;q=0,", "gzip"));
}
