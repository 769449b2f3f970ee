#include "serving/api.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

#include "fakes.hpp"
#include "objects/record_json.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace {

struct FakeApi : ApiSource {
  mutable StatusQuery status_query;
  mutable ledger::Query row_query;
  std::vector<objects::ObjectRecord> records;
  std::vector<objects::Row> rows;
  std::vector<objects::ObjectRecord> status(const StatusQuery& query) const override {
    status_query = query;
    return records;
  }
  std::vector<objects::Row> timeline(const ledger::Query& query) const override {
    row_query = query;
    return rows;
  }
};

Request request(const std::string& target) { return {*parse_target(target), {}}; }

boost::json::object parsed(const Response& response) { return boost::json::parse(response.body).as_object(); }

objects::Row numbered(std::int64_t seq) {
  objects::Row row;
  row.seq = seq;
  return row;
}

}  // namespace

TEST_CASE("timeline hands its parameters to the ledger's query", "[api]") {
  FakeApi api;
  const Response response = api_timeline(
      api, request("/api/v1/timeline?ns=a&name=b&handle=snap%2F1&backup=c&restore=d&chain=e&afterSeq=7&limit=20"));
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/json");
  CHECK(parsed(response).at("items").as_array().empty());
  CHECK(api.row_query.ns == "a");
  CHECK(api.row_query.name == "b");
  CHECK(api.row_query.handle == "snap/1");
  CHECK(api.row_query.backup == "c");
  CHECK(api.row_query.restore == "d");
  CHECK(api.row_query.chain == "e");
  CHECK(api.row_query.after_seq == 7);
  CHECK(api.row_query.limit == 21);
}

TEST_CASE("without a limit there are at most 500 items", "[api]") {
  FakeApi api;
  api_timeline(api, request("/api/v1/timeline"));
  CHECK(api.row_query.limit == 501);
  api_status(api, request("/api/v1/status?limit="));
  CHECK(api.status_query.limit == 501);
}

TEST_CASE("one row too many is cut off at the old end, or after a seq at the new one, and said", "[api]") {
  FakeApi api;
  api.rows = {numbered(1), numbered(2), numbered(3)};
  auto json = parsed(api_timeline(api, request("/t?limit=2")));
  CHECK(json.at("truncated") == true);
  REQUIRE(json.at("items").as_array().size() == 2);
  CHECK(json.at("items").at(0).at("seq") == 2);
  json = parsed(api_timeline(api, request("/t?limit=2&afterSeq=1")));
  CHECK(json.at("items").at(1).at("seq") == 2);
  json = parsed(api_timeline(api, request("/t?limit=3")));
  CHECK(json.at("truncated") == false);
  CHECK(json.at("items").as_array().size() == 3);
}

TEST_CASE("a parameter that can't be used is a 400 that names it", "[api]") {
  FakeApi api;
  for (const char* target : {"/t?limit=0", "/t?limit=5001", "/t?limit=many", "/t?limit=5x", "/t?afterSeq=-1",
                             "/t?afterSeq=99999999999999999999", "/t?nmae=x"}) {
    CAPTURE(target);
    const Response response = api_timeline(api, request(target));
    CHECK(response.status == 400);
    CHECK_FALSE(parsed(response).at("error").as_string().empty());
  }
  CHECK(parsed(api_timeline(api, request("/t?limit=0"))).at("error") ==
        "limit must be a number from 1 to 5000, not \"0\"");
  CHECK(api_status(api, request("/s?handle=x")).status == 400);
}

TEST_CASE("an object's record has every field, null where there is nothing", "[api]") {
  FakeApi api;
  objects::ObjectRecord record;
  record.kind = objects::Kind::VolumeSnapshot;
  record.name = "nightly\xff";
  record.ns = "mongo";
  record.since = at(1'700'000'000'123);
  record.first_seen = at(1'700'000'000'000);
  record.state = objects::State::Uploading;
  record.ready = objects::Ready::False;
  record.initiator = objects::Initiator{"velero", "b1", ""};
  api.records = {record};
  const auto response = api_status(api, request("/s?ns=mongo&name=x"));
  CHECK(api.status_query.ns == "mongo");
  CHECK(api.status_query.name == "x");
  const auto item = parsed(response).at("items").at(0).as_object();
  CHECK(item.size() == 17);
  CHECK(item.at("name") == "nightly\xEF\xBF\xBD");
  CHECK(item.at("state") == "Uploading");
  CHECK(item.at("readyToUse") == false);
  CHECK(item.at("since") == "2023-11-14T22:13:20.123Z");
  CHECK(item.at("initiator") == boost::json::value({{"type", "velero"}, {"backup", "b1"}, {"restore", nullptr}}));
  for (const char* field :
       {"uid", "driver", "deletionPolicy", "snapshotHandle", "volumeHandle", "content", "chain", "error", "outcome"}) {
    CAPTURE(field);
    CHECK(item.at(field).is_null());
  }
}
