#include "serving/page_assets.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <regex>
#include <string>

#include "serving/demo_endpoints.hpp"

using namespace snaptrail::serving;

namespace {

Response get(const Router& router, const std::string& target, const std::string& if_none_match = {}) {
  Request request{*parse_target(target), {}};
  request.if_none_match = if_none_match;
  Response answer;
  router.route(request, [&](Response response) { answer = std::move(response); });
  return answer;
}

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("every file that the page names is served, to be kept for good", "[page]") {
  Router router;
  add_page(router);
  const std::string page = get(router, "/").body;
  const std::regex link("(?:href|src)=\"(assets/[^\"]+)\"");
  int files = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), link), end; it != end; ++it, ++files) {
    CAPTURE((*it)[1].str());
    const auto file = get(router, "/" + (*it)[1].str());
    CHECK(file.status == 200);
    CHECK(file.body.size() > 100);
    CHECK(header(file, "Cache-Control") == "public, max-age=31536000, immutable");
  }
  CHECK(files == 3);
}

TEST_CASE("all modules and styles are part of the two files that the page names, so that few are asked for", "[page]") {
  Router router;
  add_page(router);
  const std::string base = "/assets/" + std::string(page_hash()) + "/";
  const auto script = get(router, base + "page.js");
  const auto style = get(router, base + "page.css");
  CHECK(script.content_type == "text/javascript; charset=utf-8");
  CHECK(style.content_type == "text/css; charset=utf-8");
  int modules = 0;
  for (const auto& asset : page_assets()) {
    CAPTURE(std::string(asset.name));
    const bool is_style = asset.name.ends_with(".css");
    if (!is_style && !asset.name.ends_with(".js")) continue;
    std::string name(asset.name.substr(0, asset.name.find('.')));
    std::replace(name.begin(), name.end(), '-', '_');
    CHECK((is_style ? style.body.find(asset.bytes) : script.body.find("const module_" + name + " = ")) !=
          std::string::npos);
    CHECK(get(router, base + std::string(asset.name)).status == 404);
    modules += is_style ? 0 : 1;
  }
  CHECK(modules > 20);
  CHECK(script.body.find("\nimport ") == std::string::npos);
  CHECK(script.body.find("\nexport ") == std::string::npos);
}

TEST_CASE("the page is asked for anew each time, and sent only where it has changed", "[page]") {
  Router router;
  add_page(router);
  const auto page = get(router, "/");
  CHECK(header(page, "Cache-Control") == "no-cache");
  const auto again = get(router, "/", header(page, "ETag"));
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(get(router, "/", "\"of another version\"").status == 200);
  CHECK(page.body.find("@HASH@") == std::string::npos);
}

TEST_CASE("the page runs no script and no style but its own files, and nothing of another host", "[page]") {
  Router router;
  add_page(router);
  const auto page = get(router, "/");
  const std::string policy = header(page, "Content-Security-Policy");
  CHECK(policy.find("default-src 'none'") != std::string::npos);
  CHECK(policy.find("script-src 'self'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK_FALSE(std::regex_search(page.body, std::regex("<script(?![^>]*src=)|\\son[a-z]+=|\\sstyle=|https?://")));
  for (const auto& asset : page_assets()) {
    CAPTURE(std::string(asset.name));
    const std::string text(asset.bytes);
    CHECK(text.find("innerHTML") == std::string::npos);
    CHECK(text.find("eval(") == std::string::npos);
  }
}

TEST_CASE("a demo tells of its recordings, and switches to one that exists", "[page][demo]") {
  Router router;
  std::string chosen;
  add_demo(router,
           {{{"a", "First", "What is to be seen.", std::chrono::seconds(45)}, {"b", "Second", "More.", {}}},
            "a",
            std::chrono::milliseconds(1'500)},
           [&](const std::string& name) { chosen = name; });
  CHECK(get(router, "/demo").body ==
        "{\"recordings\":[{\"name\":\"a\",\"title\":\"First\",\"text\":\"What is to be seen.\",\"seconds\":45},"
        "{\"name\":\"b\",\"title\":\"Second\",\"text\":\"More.\",\"seconds\":0}],\"playing\":\"a\",\"pauseSeconds\":1."
        "5E0}\n");
  CHECK(get(router, "/demo/play?recording=c").status == 404);
  CHECK(get(router, "/demo/play").status == 404);
  CHECK(chosen.empty());
  CHECK(get(router, "/demo/play?recording=b").status == 202);
  CHECK(chosen == "b");
}
