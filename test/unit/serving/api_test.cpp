#include "serving/api.hpp"

#include <unistd.h>

#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <set>

#include "fakes.hpp"
#include "serving/api_query.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;
using objects::Kind;
using objects::State;

namespace {

Request request(const std::string& target) { return {*parse_target(target), {}}; }

boost::json::object parsed(const Response& response) { return boost::json::parse(response.body).as_object(); }

std::vector<std::string> names_in(const boost::json::object& answer) {
  std::vector<std::string> names;
  for (const auto& item : answer.at("items").as_array()) names.emplace_back(item.at("name").as_string());
  return names;
}

std::vector<std::int64_t> seqs_in(const boost::json::object& answer) {
  std::vector<std::int64_t> seqs;
  for (const auto& item : answer.at("items").as_array()) seqs.push_back(item.at("seq").as_int64());
  return seqs;
}

objects::Uid uid(int number) {
  return *objects::Uid::parse("00000000-0000-0000-0000-" + std::to_string(100000000000 + number));
}

objects::ObjectRecord record(int number, Kind kind, const std::string& ns, const std::string& name, State state) {
  objects::ObjectRecord made;
  made.uid = uid(number);
  made.kind = kind;
  made.ns = ns;
  made.name = name;
  made.state = state;
  made.first_seen = made.since = at(1'700'000'000'000 + number);
  return made;
}

objects::Row row(int number, Kind kind, const std::string& ns, const std::string& name) {
  objects::Row made;
  made.cluster = "prod";
  made.kind = kind;
  made.ns = ns;
  made.name = name;
  made.uid = uid(number);
  made.to = State::Pending;
  made.at = at(1'700'000'000'000 + 1'000 * number);
  return made;
}

/// A ledger in a folder of its own.
class Filled {
 public:
  Filled() : folder_(made_folder()), ledger(folder_ / "ledger.db", ledger::Ledger::Mode::ReadWrite) {
    ledger::Batch batch;
    auto snapshot = record(1, Kind::VolumeSnapshot, "app", "nightly", State::Ready);
    snapshot.snapshot_handle = "h1";
    snapshot.initiator = objects::Initiator{"velero", "b1", ""};
    auto restored = record(4, Kind::PersistentVolumeClaim, "copy", "data", State::Bound);
    restored.chain = uid(4).str();
    restored.initiator = objects::Initiator{"velero", "", "r1"};
    batch.records = {snapshot,
                     record(2, Kind::VolumeSnapshotContent, "", "content-1", State::Ready),
                     record(3, Kind::PersistentVolumeClaim, "app", "data", State::Bound),
                     restored,
                     record(5, Kind::VolumeSnapshotContent, "", "content-2", State::Orphaned),
                     record(6, Kind::VolumeSnapshot, "app", "gone", State::Deleted)};
    for (int i = 1; i <= 6; ++i)
      batch.rows.push_back(row(i, i == 4 ? Kind::PersistentVolume : Kind::VolumeSnapshot, i % 2 == 1 ? "app" : "db",
                               "s" + std::to_string(i)));
    ledger.commit(batch);
  }
  ~Filled() { std::filesystem::remove_all(folder_); }
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;

  boost::json::object status(const std::string& query) const {
    return parsed(api_status(ledger, request("/api/v1/status" + query)));
  }
  boost::json::object timeline(const std::string& query) const {
    return parsed(api_timeline(ledger, request("/api/v1/timeline" + query)));
  }

 private:
  static std::filesystem::path made_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "snaptrail-api-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }
  std::filesystem::path folder_;

 public:
  ledger::Ledger ledger;
};

using Names = std::vector<std::string>;
using Seqs = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("status shows what a person asks about first, and everything when asked for all", "[api]") {
  const Filled filled;
  CHECK(names_in(filled.status("")) == Names{"nightly", "data", "content-2"});
  CHECK(names_in(filled.status("?all=true")) == Names{"nightly", "content-1", "data", "data", "content-2"});
  CHECK(filled.status("").at("continue").is_null());
}

TEST_CASE("status is filtered by each of its parameters, and a kind that is named is shown in full", "[api]") {
  const Filled filled;
  CHECK(names_in(filled.status("?ns=copy")) == Names{"data"});
  CHECK(names_in(filled.status("?kind=vsc")) == Names{"content-1", "content-2"});
  CHECK(names_in(filled.status("?kind=PersistentVolumeClaim&ns=app")) == Names{"data"});
  CHECK(names_in(filled.status("?handle=h1")) == Names{"nightly"});
  CHECK(names_in(filled.status("?backup=b1")) == Names{"nightly"});
  CHECK(names_in(filled.status("?restore=r1")) == Names{"data"});
  CHECK(names_in(filled.status("?name=nightly&ns=other")).empty());
}

TEST_CASE("status comes in pages that join without holes or repetition", "[api]") {
  const Filled filled;
  Names joined;
  std::string token;
  for (int page = 0; page < 10; ++page) {
    const auto answer = filled.status("?all=true&limit=2&continue=" + token);
    for (auto& name : names_in(answer)) joined.push_back(name);
    if (answer.at("continue").is_null()) break;
    token = answer.at("continue").as_string();
  }
  CHECK(joined == names_in(filled.status("?all=true")));
}

TEST_CASE("the timeline is filtered by each of its parameters", "[api]") {
  const Filled filled;
  CHECK(seqs_in(filled.timeline("")) == Seqs{1, 2, 3, 4, 5, 6});
  CHECK(seqs_in(filled.timeline("?ns=db")) == Seqs{2, 4, 6});
  CHECK(seqs_in(filled.timeline("?ns=db&afterSeq=2")) == Seqs{4, 6});
  CHECK(seqs_in(filled.timeline("?name=s3")) == Seqs{3});
  CHECK(seqs_in(filled.timeline("?kind=pv")) == Seqs{4});
  CHECK(seqs_in(filled.timeline("?newest=2")) == Seqs{5, 6});
  CHECK(seqs_in(filled.timeline("?newest=2&ns=app")) == Seqs{3, 5});
  // Rows are a second apart, from 22:13:21 on; the end is not included.
  CHECK(seqs_in(filled.timeline("?since=2023-11-14T22:13:23Z&until=2023-11-14T22:13:25Z")) == Seqs{3, 4});
  CHECK(filled.timeline("?ns=nowhere").at("lastSeq") == 6);
}

TEST_CASE("the timeline's pages end where the ledger ended when the first one was asked for", "[api]") {
  Filled filled;
  auto first = filled.timeline("?limit=4");
  CHECK(seqs_in(first) == Seqs{1, 2, 3, 4});
  ledger::Batch more;
  more.rows = {row(7, Kind::VolumeSnapshot, "app", "s7")};
  filled.ledger.commit(more);
  const auto second = filled.timeline("?limit=4&continue=" + std::string(first.at("continue").as_string()));
  CHECK(seqs_in(second) == Seqs{5, 6});
  CHECK(second.at("continue").is_null());
  CHECK(seqs_in(filled.timeline("?afterSeq=" + std::to_string(second.at("lastSeq").as_int64()))) == Seqs{7});
}

TEST_CASE("the newest rows also come in pages", "[api]") {
  const Filled filled;
  const auto first = filled.timeline("?newest=3&limit=2");
  CHECK(seqs_in(first) == Seqs{4, 5});
  CHECK(seqs_in(filled.timeline("?newest=3&limit=2&continue=" + std::string(first.at("continue").as_string()))) ==
        Seqs{6});
}

TEST_CASE("a parameter that can't be used is a 400 that names it", "[api]") {
  const Filled filled;
  for (const char* query : {"?limit=0", "?limit=5001", "?limit=many", "?limit=5x", "?afterSeq=-1", "?newest=0",
                            "?afterSeq=99999999999999999999", "?nmae=x", "?since=yesterday", "?kind=pod", "?continue=7",
                            "?continue=1.-1", "?continue=x.y"}) {
    CAPTURE(query);
    const Response response = api_timeline(filled.ledger, request(std::string("/t") + query));
    CHECK(response.status == 400);
    CHECK_FALSE(parsed(response).at("error").as_string().empty());
  }
  CHECK(filled.timeline("?limit=0").at("error") == "limit must be a number from 1 to 5000, not \"0\"");
  CHECK(api_status(filled.ledger, request("/s?since=2023-11-14T22:13:23Z")).status == 400);
  CHECK(api_status(filled.ledger, request("/s?all=yes")).status == 400);
}

TEST_CASE("tokens are read back as they were, and nothing else is taken for one", "[api]") {
  CHECK(parse_token(to_token({7, 12})) == Continue{7, 12});
  for (const char* text : {"", ".", "1", "1.", ".1", "1.2.3", "-1.2", "1.-2", "0x1.2", "99999999999999999999.1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_token(text));
  }
}

TEST_CASE("an object's record has every field, null where there is nothing", "[api]") {
  Filled filled;
  ledger::Batch batch;
  auto odd = record(9, Kind::VolumeSnapshot, "mongo", "night\xff", State::Uploading);
  odd.ready = objects::Ready::False;
  odd.initiator = objects::Initiator{"velero", "b9", ""};
  odd.since = at(1'700'000'000'123);
  batch.records = {odd};
  filled.ledger.commit(batch);
  const auto item = filled.status("?ns=mongo").at("items").at(0).as_object();
  CHECK(item.at("name") == "night\xEF\xBF\xBD");
  CHECK(item.at("state") == "Uploading");
  CHECK(item.at("readyToUse") == false);
  CHECK(item.at("since") == "2023-11-14T22:13:20.123Z");
  CHECK(item.at("initiator") == boost::json::value({{"type", "velero"}, {"backup", "b9"}, {"restore", nullptr}}));
  for (const char* field :
       {"driver", "deletionPolicy", "snapshotHandle", "volumeHandle", "content", "chain", "error", "outcome"}) {
    CAPTURE(field);
    CHECK(item.at(field).is_null());
  }
}

TEST_CASE("the version tells who answers; a file alone has none", "[api]") {
  const auto daemon = parsed(api_version({"0.1.0", "prod\xff"}, {}));
  CHECK(daemon.at("version") == "0.1.0");
  CHECK(daemon.at("api") == "v1");
  CHECK(daemon.at("cluster") == "prod\xEF\xBF\xBD");
  const Filled filled;
  const auto file = parsed(api_answer(filled.ledger, request("/api/v1/version")));
  CHECK(file.at("version").is_null());
  CHECK(file.at("cluster") == "prod");
}

TEST_CASE("a file answers every path of the API as the daemon does, and says what it can't", "[api]") {
  const Filled filled;
  const auto status = request("/api/v1/status?all=true");
  CHECK(api_answer(filled.ledger, status).body == api_status(filled.ledger, status).body);
  const auto timeline = request("/api/v1/timeline?ns=app");
  CHECK(api_answer(filled.ledger, timeline).body == api_timeline(filled.ledger, timeline).body);
  CHECK(api_answer(filled.ledger, request("/api/v1/explain")).status == 404);
}

TEST_CASE("a ledger of which nothing is recorded yet has an empty timeline", "[api]") {
  Filled filled;
  CHECK(api_answer(filled.ledger, request("/api/v1/timeline?afterSeq=6")).body ==
        "{\"items\":[],\n\"continue\":null,\"lastSeq\":6}\n");
}

TEST_CASE("the findings that stand are listed by their newest row, filtered and in pages", "[api]") {
  Filled filled;
  auto& ledger = filled.ledger;
  const auto finding = [](int number, const char* ns, const char* reason, const char* category,
                          objects::FindingEvent event) {
    auto made = row(number, Kind::VolumeSnapshot, ns, "s" + std::to_string(number));
    made.type = objects::RowType::Finding;
    made.reason = reason;
    made.finding = objects::FindingNote{event, category, "critical", made.at, false, R"({"rank":0})"};
    return made;
  };
  using enum objects::FindingEvent;
  ledger::Batch batch;
  batch.rows = {finding(1, "shop", "SidecarAbsent", "stuck", Began), finding(2, "shop", "GitOpsOwned", "hazard", Began),
                finding(3, "crm", "SidecarAbsent", "stuck", Began), finding(3, "crm", "SidecarAbsent", "stuck", Ended)};
  ledger.commit(batch);
  const auto names = [&](const std::string& query) {
    return names_in(parsed(api_findings(ledger, request("/api/v1/findings" + query))));
  };
  CHECK(names("") == std::vector<std::string>{"s1", "s2"});
  CHECK(names("?category=hazard") == std::vector<std::string>{"s2"});
  CHECK(names("?reason=SidecarAbsent") == std::vector<std::string>{"s1"});
  CHECK(names("?ns=crm").empty());
  CHECK(names("?uid=" + uid(2).str()) == std::vector<std::string>{"s2"});
  const auto first = parsed(api_findings(ledger, request("/api/v1/findings?limit=1")));
  CHECK(names_in(first) == std::vector<std::string>{"s1"});
  CHECK(names("?limit=1&continue=" + std::string(first.at("continue").as_string())) == std::vector<std::string>{"s2"});
  CHECK(api_findings(ledger, request("/api/v1/findings?stuck=1")).status == 400);
}

TEST_CASE("a backup's story is told from its rows, as JSON and as text", "[api]") {
  Filled filled;
  auto made = row(7, Kind::VolumeSnapshot, "shop", "velero-db-x");
  made.chain = made.uid.str();
  made.initiator = objects::Initiator{"velero", "nightly", ""};
  auto ready = made;
  ready.at += objects::Millis{5'000};
  ready.from = State::Pending;
  ready.to = State::Ready;
  ready.snapshot_handle = "snap-7";
  ledger::Batch batch;
  batch.rows = {made, ready};
  filled.ledger.commit(batch);
  const auto answer = parsed(api_story(filled.ledger, request("/api/v1/story?backup=nightly")));
  CHECK(answer.at("story").at("backup") == "nightly");
  REQUIRE(answer.at("story").at("items").as_array().size() == 1);
  CHECK(answer.at("story").at("items").as_array()[0].at("end") == "ready");
  CHECK(std::string(answer.at("text").as_string()).find("velero-db-x") != std::string::npos);
  CHECK(api_story(filled.ledger, request("/api/v1/story?backup=none")).status == 404);
  CHECK(api_story(filled.ledger, request("/api/v1/story")).status == 400);
  CHECK(api_story(filled.ledger, request("/api/v1/story?backup=a&restore=b")).status == 400);
}

TEST_CASE("a story is told with what the ledger keeps of the Backup and its copies, rows or not", "[api]") {
  Filled filled;
  objects::Operation backup;
  backup.uid = uid(70);
  backup.ns = "velero";
  backup.name = backup.backup = "files";
  backup.phase = "PartiallyFailed";
  backup.schedule = "nightly";
  backup.created = backup.started = objects::Instant(objects::Millis{1'000});
  backup.completed = objects::Instant(objects::Millis{61'000});
  auto copy = backup;
  copy.uid = uid(71);
  copy.kind = Kind::PodVolumeBackup;
  copy.name = "files-x";
  ledger::Batch batch;
  batch.operations = {backup, copy};
  filled.ledger.commit(batch);
  const auto story = parsed(api_story(filled.ledger, request("/api/v1/story?backup=files"))).at("story");
  CHECK(story.at("phase") == "PartiallyFailed");
  CHECK(story.at("schedule") == "nightly");
  CHECK(story.at("ended") == "1970-01-01T00:01:01.000Z");
  REQUIRE(story.at("steps").as_array().size() == 1);
  CHECK(story.at("spentSeconds").at("mover") == 60.0);
  CHECK(api_story(filled.ledger, request("/api/v1/story?restore=files")).status == 404);
}
