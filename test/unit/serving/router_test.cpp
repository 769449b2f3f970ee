#include "serving/router.hpp"

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>

using namespace snaptrail::serving;

namespace {
Response get(const Router& router, const char* path) {
  Response answer;
  router.route(Request{{path, {}}, {}}, [&](Response response) { answer = std::move(response); });
  return answer;
}
}  // namespace

TEST_CASE("a path is answered by its own handler and by exact match only", "[router]") {
  Router router;
  router.add("/a", [](const Request&) { return text_response(200, "first"); });
  router.add("/a/b", [](const Request& request) { return text_response(202, request.target.path); });
  CHECK(get(router, "/a").body == "first\n");
  CHECK(get(router, "/a/b").status == 202);
  for (const char* path : {"/", "/a/", "/A", "/a/b/c", "//a"}) {
    CAPTURE(path);
    CHECK(get(router, path).status == 404);
  }
}

TEST_CASE("adding a path again replaces its handler", "[router]") {
  Router router;
  router.add("/a", [](const Request&) { return text_response(200, "old"); });
  router.add("/a", [](const Request&) { return text_response(200, "new"); });
  CHECK(get(router, "/a").body == "new\n");
}

TEST_CASE("a deferred handler's answer is the one that it gives later", "[router]") {
  Router router;
  Reply later;
  router.add_deferred("/a", [&](const Request&, Reply reply) { later = std::move(reply); });
  unsigned status = 0;
  router.route(Request{{"/a", {}}, {}}, [&](const Response& response) { status = response.status; });
  CHECK(status == 0);
  later(text_response(202, "now"));
  CHECK(status == 202);
}

TEST_CASE("what a handler throws passes through the router", "[router]") {
  Router router;
  router.add("/a", [](const Request&) -> Response { throw std::runtime_error("no"); });
  CHECK_THROWS_AS(get(router, "/a"), std::runtime_error);
}

TEST_CASE("a JSON error holds any text", "[router]") {
  CHECK(json_error(400, "a \"b\"\n\xff").body == "{\"error\":\"a \\\"b\\\"\\n\xEF\xBF\xBD\"}\n");
}
