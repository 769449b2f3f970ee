#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "filled_ledger.hpp"
#include "serving/api.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace json = boost::json;

namespace {

Response answer(const FilledLedger& filled, const std::string& target) {
  return api_answer(filled.ledger, {*parse_target("/api/v1/" + target), {}});
}

json::object parsed(const FilledLedger& filled, const std::string& target) {
  const auto response = answer(filled, target);
  CAPTURE(target, response.body);
  REQUIRE(response.status == 200);
  return json::parse(response.body).as_object();
}

std::vector<std::string> names(const json::object& list) {
  std::vector<std::string> result;
  for (const auto& item : list.at("items").as_array()) result.emplace_back(item.at("name").as_string());
  return result;
}

const json::object& node(const json::object& graph, std::string_view id) {
  for (const auto& one : graph.at("nodes").as_array()) {
    if (one.at("id").as_string() == id) return one.as_object();
  }
  FAIL("there is no node " << id);
  static const json::object kNone;
  return kNone;
}

bool is_lit(const json::object& graph, std::string_view from, std::string_view to) {
  for (const auto& edge : graph.at("edges").as_array()) {
    if (edge.at("from").as_string() == from && edge.at("to").as_string() == to) return edge.at("lit").as_bool();
  }
  FAIL("there is no edge from " << from << " to " << to);
  return false;
}

/// The steps that a chain has gone through, in one line.
std::string done(const json::object& graph, std::size_t chain) {
  std::string text;
  for (const auto& step : graph.at("chains").as_array().at(chain).at("steps").as_array()) {
    if (step.at("done").as_bool()) text += (text.empty() ? "" : " ") + std::string(step.at("step").as_string());
  }
  return text;
}

using Names = std::vector<std::string>;
std::string id(int number) { return FilledLedger::uid(number).str(); }
std::string moment(int second) { return objects::format_rfc3339(FilledLedger::second(second)); }

}  // namespace

TEST_CASE("chains lists snapshots, restores and orphans, what changed last first", "[api][chains]") {
  const FilledLedger filled;
  CHECK(names(parsed(filled, "chains")) == Names{"50%", "data", "nightly", "left"});
  CHECK(names(parsed(filled, "chains?ended=true")) == Names{"50%", "data", "nightly", "left", "old"});
  CHECK(parsed(filled, "chains").at("total") == 4);
}

TEST_CASE("chains are filtered by the server", "[api][chains]") {
  const FilledLedger filled;
  CHECK(names(parsed(filled, "chains?ns=shop")) == Names{"nightly"});
  CHECK(names(parsed(filled, "chains?state=Error")) == Names{"50%"});
  CHECK(names(parsed(filled, "chains?state=Deleted")) == Names{"old"});
  CHECK(names(parsed(filled, "chains?kind=pvc")) == Names{"data"});
  CHECK(names(parsed(filled, "chains?initiator=velero")) == Names{"data", "nightly"});
  CHECK(names(parsed(filled, "chains?initiator=r1")) == Names{"data"});
  CHECK(names(parsed(filled, "chains?driver=other.example.com")).empty());
}

TEST_CASE("a text is looked for as it is, in any letter case, wildcards included", "[api][chains]") {
  const FilledLedger filled;
  CHECK(names(parsed(filled, "chains?text=NIGHT")) == Names{"nightly"});
  CHECK(names(parsed(filled, "chains?text=h1")) == Names{"data", "nightly"});
  CHECK(names(parsed(filled, "chains?text=%25")) == Names{"50%"});
  CHECK(names(parsed(filled, "chains?text=_")) == Names{"50%"});
  CHECK(names(parsed(filled, "chains?text=%27%3B--")).empty());
}

TEST_CASE("chains come in pages from any place", "[api][chains]") {
  const FilledLedger filled;
  const auto page = parsed(filled, "chains?limit=2&offset=1");
  CHECK(names(page) == Names{"data", "nightly"});
  CHECK(page.at("total") == 4);
  CHECK(page.at("offset") == 1);
  CHECK(names(parsed(filled, "chains?offset=9223372036854775807")).empty());
}

TEST_CASE("of several findings a chain's line has the one to look at first", "[api][chains]") {
  const FilledLedger filled;
  const auto list = parsed(filled, "chains?ns=db_1");
  CHECK(list.at("items").as_array().at(0).at("finding").at("reason") == "SecretMissing");
  CHECK(parsed(filled, "chains?ns=shop").at("items").as_array().at(0).at("finding").is_null());
}

TEST_CASE("stats counts what has not ended by kind, namespace and driver, and findings", "[api][stats]") {
  const FilledLedger filled;
  const auto stats = parsed(filled, "stats");
  CHECK(stats.at("total") == 4);
  CHECK(json::serialize(stats.at("kinds")) == R"([{"kind":"PersistentVolumeClaim","count":1,"states":{"Bound":1}},)"
                                              R"({"kind":"VolumeSnapshot","count":2,"states":{"Ready":1,"Error":1}},)"
                                              R"({"kind":"VolumeSnapshotContent","count":1,"states":{"Orphaned":1}}])");
  CHECK(json::serialize(stats.at("findings")) == R"({"stuck":0,"error":1,"waiting":1,"hazard":0})");
  CHECK(parsed(filled, "stats?ns=shop").at("total") == 1);
  CHECK(json::serialize(parsed(filled, "stats?ns=shop").at("findings")) ==
        R"({"stuck":0,"error":0,"waiting":0,"hazard":0})");
}

TEST_CASE("stats says from when to when there are rows", "[api][stats]") {
  const FilledLedger filled;
  const auto stats = parsed(filled, "stats");
  CHECK(stats.at("from").as_string() == moment(10));
  CHECK(stats.at("to").as_string() == moment(31));
  CHECK(stats.at("at").is_null());
}

TEST_CASE("chains and stats are as they were at a moment", "[api][moment]") {
  const FilledLedger filled;
  const auto then = "at=" + moment(11);
  const auto list = parsed(filled, "chains?" + then);
  CHECK(names(list) == Names{"nightly", "left"});
  const auto& snapshot = list.at("items").as_array().at(0);
  CHECK(snapshot.at("state") == "Pending");
  CHECK(snapshot.at("readyToUse").is_null());
  CHECK(snapshot.at("snapshotHandle").is_null());
  CHECK(snapshot.at("since").as_string() == moment(10));
  CHECK(list.at("at").as_string() == moment(11));
  const auto stats = parsed(filled, "stats?" + then);
  CHECK(stats.at("total") == 2);
  CHECK(json::serialize(stats.at("findings")) == R"({"stuck":0,"error":0,"waiting":0,"hazard":0})");
  const auto later = parsed(filled, "chains?at=" + moment(13));
  CHECK(later.at("items").as_array().at(0).at("snapshotHandle") == "h1");
}

TEST_CASE("findings and a story are those of a moment", "[api][moment]") {
  const FilledLedger filled;
  const auto at = [](int second) { return "at=" + moment(second); };
  CHECK(parsed(filled, "findings?" + at(30)).at("items").as_array().empty());
  CHECK(parsed(filled, "findings?" + at(31)).at("remaining") == 2);
  CHECK(parsed(filled, "chains?ns=db_1&" + at(30)).at("items").as_array().at(0).at("finding").is_null());
  CHECK(parsed(filled, "story?restore=r1&" + at(21)).at("story").at("items").as_array().at(0).at("end") == "open");
  CHECK(parsed(filled, "story?restore=r1&" + at(22)).at("story").at("items").as_array().at(0).at("end") == "bound");
  CHECK(answer(filled, "story?restore=r1&" + at(19)).status == 404);
}

TEST_CASE("the overview has in one what stats, findings, the timeline and chains answer", "[api][overview]") {
  const FilledLedger filled;
  for (const auto& at : {std::string(), moment(12)}) {
    CAPTURE(at);
    const std::string then = at.empty() ? "" : "&at=" + at;
    const auto whole = parsed(filled, "overview?ns=shop&ended=true&limit=2&offset=1" + then);
    CHECK(whole.at("stats") == parsed(filled, "stats?driver=" + then));
    CHECK(whole.at("findings") == parsed(filled, "findings?worst=true&limit=6" + then));
    CHECK(whole.at("chains") == parsed(filled, "chains?ns=shop&ended=true&limit=2&offset=1" + then));
    CHECK(whole.at("lastSeq") == filled.ledger.last_seq());
  }
  CHECK(parsed(filled, "overview").at("timeline") == parsed(filled, "timeline?newest=14"));
  const auto past = parsed(filled, "overview?at=" + moment(12)).at("timeline").at("items").as_array();
  CHECK(past.size() == 3);
  CHECK(past.back().at("at").as_string() == moment(12));  // what happened in that very moment is part of it
  CHECK(answer(filled, "overview?at=yesterday").status == 400);
  CHECK(answer(filled, "overview?name=a").status == 400);
}

TEST_CASE("the worst findings come first, and without further pages", "[api][findings]") {
  const FilledLedger filled;
  const auto worst = parsed(filled, "findings?worst=true&limit=1");
  REQUIRE(worst.at("items").as_array().size() == 1);
  CHECK(worst.at("items").as_array().at(0).at("reason") == "SecretMissing");
  CHECK(worst.at("continue").is_null());
  CHECK(worst.at("remaining") == 2);
  CHECK(answer(filled, "findings?worst=true&continue=1.0").status == 400);
}

TEST_CASE("a source claim that is gone by now is in the picture of a moment at which it was there", "[api][chain]") {
  FilledLedger filled;
  auto claim = objects::ObjectRecord();
  filled.ledger.for_each_record(true, [&claim](const objects::ObjectRecord& record) {
    if (record.uid == FilledLedger::uid(3)) claim = record;
  });
  objects::Row gone;
  gone.cluster = "prod";
  gone.kind = claim.kind;
  gone.uid = claim.uid;
  gone.name = claim.name;
  gone.from = objects::State::Bound;
  gone.to = claim.state = objects::State::Deleted;
  gone.at = claim.since = FilledLedger::second(40);
  ledger::Batch batch;
  batch.rows = {gone};
  batch.records = {claim};
  filled.ledger.commit(batch);
  const auto then = parsed(filled, "chain?chain=" + id(1) + "&at=" + moment(13));
  CHECK(node(then, id(3)).at("state") == "Bound");
  const auto now = parsed(filled, "chain?chain=" + id(1));
  CHECK(node(now, id(3)).at("state") == "Deleted");
  CHECK(done(now, 0).ends_with("3"));
  CHECK(now.at("to").as_string() == moment(22));  // it is no part of the story
}

TEST_CASE("the Kubernetes Events about a story's objects are found by any of its chains", "[api][events]") {
  const FilledLedger filled;
  for (const auto& of : {"chain=" + id(1), "chain=" + id(5), std::string("handle=h1")}) {
    CAPTURE(of);
    const auto events = parsed(filled, "events?" + of).at("items").as_array();
    REQUIRE(events.size() == 1);
    CHECK(events.at(0).at("uid").as_string() == id(1));
    CHECK(events.at(0).at("type") == "Warning");
    CHECK(events.at(0).at("count") == 3);
    CHECK(events.at(0).at("apiTime").is_null());
  }
  CHECK(parsed(filled, "events?chain=" + id(7)).at("items").as_array().empty());
  CHECK(answer(filled, "events?chain=nobody").status == 404);
}

TEST_CASE("exports have the Kubernetes Events, in Markdown between the rows", "[api][export][events]") {
  const FilledLedger filled;
  CHECK(parsed(filled, "export?chain=" + id(1)).at("events").as_array().size() == 1);
  const auto report = answer(filled, "export?format=markdown&chain=" + id(1)).body;
  const auto event = report.find("Event Warning: SnapshotFinalizerError ×3 | try \\| \\<again\\>");
  REQUIRE(event != std::string::npos);
  CHECK(report.find("Pending → Ready") > event);
  CHECK(report.find("– → Creating") < event);
}

TEST_CASE("stats has what nobody refers to any more, with its size, by policy and age", "[api][stats]") {
  FilledLedger filled;
  ledger::Batch batch;
  const auto add = [&](int number, objects::DeletionPolicy policy, int days, std::int64_t size) {
    objects::ObjectRecord orphan;
    orphan.uid = FilledLedger::uid(number);
    orphan.kind = objects::Kind::VolumeSnapshotContent;
    orphan.name = "left-" + std::to_string(number);
    orphan.state = objects::State::Orphaned;
    orphan.driver = "csi.example.com";
    orphan.policy = policy;
    orphan.first_seen = orphan.since = FilledLedger::second(0);
    orphan.cut = FilledLedger::second(0) - std::chrono::hours(24 * days);
    orphan.restore_size = size;
    batch.records.push_back(orphan);
  };
  add(50, objects::DeletionPolicy::Retain, 8, 1'000);
  add(51, objects::DeletionPolicy::Retain, 20, 500);
  add(52, objects::DeletionPolicy::Retain, 400, -1);
  add(9, objects::DeletionPolicy::Delete, 0, 7);  // in the place of the one that is there
  batch.positions = {{"volumesnapshotcontents", "1", FilledLedger::second(0)}};
  filled.ledger.commit(batch);
  const auto group = [](std::string_view policy, std::string_view age, int contents, int size) {
    return json::object{{"driver", "csi.example.com"},
                        {"deletionPolicy", policy},
                        {"age", age},
                        {"contents", contents},
                        {"restoreSizeBytes", size}};
  };
  CHECK(json::serialize(parsed(filled, "stats").at("orphans")) ==
        json::serialize(json::array{group("Retain", "30d", 2, 1'500), group("Retain", "older", 1, 0),
                                    group("Delete", "1d", 1, 7)}));
  CHECK(parsed(filled, "stats?ns=shop").at("orphans").as_array().empty());
  CHECK(parsed(filled, "stats?driver=other").at("orphans").as_array().empty());
}

TEST_CASE("namespaces has those of snapshots and restores", "[api][stats]") {
  const FilledLedger filled;
  std::vector<std::string> found;
  const auto answered = parsed(filled, "namespaces");
  for (const auto& item : answered.at("items").as_array()) {
    found.emplace_back(item.at("namespace").as_string());
  }
  CHECK(found == Names{"copy", "db_1", "shop"});
}

TEST_CASE("a chain is the same picture from any of its ends", "[api][chain]") {
  const FilledLedger filled;
  const auto by_backup = parsed(filled, "chain?chain=" + id(1));
  CHECK(by_backup == parsed(filled, "chain?chain=" + id(5)));
  CHECK(by_backup == parsed(filled, "chain?handle=h1&driver=csi.example.com"));
  CHECK(by_backup.at("snapshotHandle") == "h1");
  CHECK(by_backup.at("chains").as_array().size() == 2);
  CHECK(by_backup.at("chains").as_array().at(0).at("type") == "backup");
}

TEST_CASE("a chain joins the backup with its restore by the handle", "[api][chain]") {
  const FilledLedger filled;
  const auto graph = parsed(filled, "chain?chain=" + id(1));
  CHECK(is_lit(graph, id(1), id(2)));
  CHECK(is_lit(graph, id(2), "handle"));
  CHECK(is_lit(graph, id(1), id(3)));
  CHECK(is_lit(graph, id(3), id(4)));
  CHECK(is_lit(graph, id(4), "volume:" + id(3)));
  CHECK(is_lit(graph, id(1), id(5)));  // no content was made anew: the claim names the snapshot itself
  CHECK(is_lit(graph, id(5), id(6)));
  CHECK(is_lit(graph, id(6), "volume:" + id(5)));
  CHECK(node(graph, "volume:" + id(3)).at("name") == "vol-1");
  CHECK(node(graph, "volume:" + id(5)).at("name") == "vol-2");
  CHECK(done(graph, 0) == "2.1 2.2 2.3 2.4");
  CHECK(done(graph, 1) == "4.2 4.3 4.4 4.5 4.6");
}

TEST_CASE("a chain at a moment is as it was then, what was not known yet is unknown", "[api][chain]") {
  const FilledLedger filled;
  const auto at = [&](int second) {
    return parsed(filled, "chain?chain=" + id(1) + "&at=" + objects::format_rfc3339(FilledLedger::second(second)));
  };
  const auto before = at(9);
  CHECK(node(before, id(1)).at("state").is_null());
  CHECK(node(before, id(3)).at("state") == "Bound");  // the claim was there already
  CHECK_FALSE(is_lit(before, id(1), id(2)));
  const auto asked = at(10);
  CHECK(node(asked, id(1)).at("state") == "Pending");
  CHECK(node(asked, id(1)).at("readyToUse").is_null());
  CHECK(node(asked, "handle").at("name").is_null());
  CHECK(done(asked, 0) == "2.1");
  const auto cut = at(12);
  CHECK(node(cut, id(2)).at("readyToUse") == true);
  CHECK(node(cut, "handle").at("name") == "h1");
  CHECK(done(cut, 0) == "2.1 2.2 2.3");
  CHECK(node(cut, id(5)).at("state").is_null());
  CHECK(done(at(21), 1) == "4.2 4.3 4.4 4.5");
}

TEST_CASE("a chain shows the findings that stand, from the moment on at which they began", "[api][chain]") {
  const FilledLedger filled;
  CHECK(parsed(filled, "chain?chain=" + id(7)).at("findings").as_array().size() == 2);
  const auto before = objects::format_rfc3339(FilledLedger::second(30));
  CHECK(parsed(filled, "chain?chain=" + id(7) + "&at=" + before).at("findings").as_array().empty());
}

TEST_CASE("a story is exported as JSON with all its rows", "[api][export]") {
  const FilledLedger filled;
  const auto response = answer(filled, "export?chain=" + id(1));
  CHECK(json::parse(response.body).at("rows").as_array().size() == 7);
  REQUIRE(response.headers.size() == 1);
  CHECK(response.headers[0].second == "attachment; filename=\"snaptrail-" + id(1) + ".json\"");
}

TEST_CASE("a story is exported as Markdown that strangers' strings can't change", "[api][export]") {
  const FilledLedger filled;
  const auto response = answer(filled, "export?format=markdown&chain=" + id(7));
  CHECK(response.content_type == "text/markdown; charset=utf-8");
  CHECK(response.body.find("**SecretMissing** (error, critical) VolumeSnapshot db\\_1/50%") != std::string::npos);
  CHECK(response.body.find("evidence: status.error: no such secret") != std::string::npos);
  CHECK(response.body.find("fix: Create it") != std::string::npos);
  CHECK(response.body.find("no such secret \\| \\<b\\>") != std::string::npos);
}

TEST_CASE("a file's name holds nothing of the address that a file system could misread", "[api][export]") {
  const FilledLedger filled;
  const auto response = answer(filled, "export?handle=h1");
  CHECK(response.headers[0].second == "attachment; filename=\"snaptrail-h1.json\"");
  CHECK(answer(filled, "export?handle=..%2F%22%0d%0a").status == 404);
}

TEST_CASE("what can't be answered is said with what is wrong", "[api]") {
  const FilledLedger filled;
  for (const char* target : {"chains?state=Good", "chains?limit=0", "chains?offset=-1", "chains?ended=yes",
                             "chains?nS=a", "chain", "chain?chain=a&handle=b", "chain?chain=a&at=yesterday",
                             "stats?name=a", "namespaces?ns=a", "export?chain=a&format=pdf", "export"}) {
    CAPTURE(target);
    const auto response = answer(filled, target);
    CHECK(response.status == 400);
    CHECK(json::parse(response.body).at("error").as_string().size() > 10);
  }
  CHECK(answer(filled, "chain?chain=nobody").status == 404);
  CHECK(answer(filled, "chain?handle=nobody").status == 404);
  CHECK(answer(filled, "export?chain=nobody").status == 404);
}
