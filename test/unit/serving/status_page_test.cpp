#include "serving/status_page.hpp"

#include <catch2/catch_test_macros.hpp>

#include "fakes.hpp"
#include "serving/html.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace {

objects::ObjectRecord record(const std::string& name, objects::State state, std::int64_t since) {
  objects::ObjectRecord made;
  made.ns = "mongo";
  made.name = name;
  made.state = state;
  made.since = at(since);
  return made;
}

}  // namespace

TEST_CASE("strangers' strings can't leave their place in the page", "[page]") {
  CHECK(html_text("<script>\"x\" & 'y'</script>\x1b[0m\xff") ==
        "&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;\\x1b[0m\xEF\xBF\xBD");
  PageView view;
  constexpr const char* kEvil = "</td><script>alert(1)</script>\"'";
  view.cluster = view.version = kEvil;
  objects::ObjectRecord evil = record(kEvil, objects::State::Error, 0);
  evil.ns = evil.driver = evil.snapshot_handle = evil.error = kEvil;
  evil.initiator = objects::Initiator{kEvil, kEvil, kEvil};
  view.records = {evil};
  objects::Row row;
  row.kind = objects::Kind::VolumeSnapshot;
  row.ns = row.name = row.message = row.snapshot_handle = kEvil;
  view.rows = {row};
  const std::string page = status_page(view).body;
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("alert(1)</td>") == std::string::npos);
  CHECK(page.find("&lt;script&gt;") != std::string::npos);
}

TEST_CASE("what is broken comes first, then what is under way, then what is done", "[page]") {
  PageView view;
  view.now = at(10'000'000);
  view.records = {record("done", objects::State::Ready, 5'000), record("busy-old", objects::State::Uploading, 1'000),
                  record("busy-new", objects::State::Pending, 9'000), record("bad", objects::State::Orphaned, 0)};
  const std::string page = status_page(view).body;
  const auto place = [&page](const char* name) { return page.find(std::string("mongo/") + name); };
  CHECK(place("bad") < place("busy-new"));
  CHECK(place("busy-new") < place("busy-old"));
  CHECK(place("busy-old") < place("done"));
  CHECK(place("done") != std::string::npos);
}

TEST_CASE("the newest transition is on top, with its state before and after", "[page]") {
  PageView view;
  for (int i = 0; i < 2; ++i) {
    objects::Row row;
    row.kind = objects::Kind::VolumeSnapshot;
    row.name = "row-" + std::to_string(i);
    row.to = objects::State::Deleted;
    row.outcome = objects::Outcome::Leaked;
    view.rows.push_back(row);
  }
  const std::string page = status_page(view).body;
  CHECK(page.find("row-1") < page.find("row-0"));
  CHECK(page.find("– → Deleted (Leaked)") != std::string::npos);
}

TEST_CASE("the page allows no script and takes its style from us only", "[page]") {
  const Response response = status_page({});
  REQUIRE(response.headers.size() == 1);
  CHECK(response.headers[0].first == "Content-Security-Policy");
  CHECK(response.headers[0].second.starts_with("default-src 'none'; style-src 'self'"));
  CHECK(response.body.find("style=") == std::string::npos);
  CHECK(response.body.find("No snapshot and no restore is known.") != std::string::npos);
  CHECK(style_sheet().content_type == "text/css; charset=utf-8");
}
