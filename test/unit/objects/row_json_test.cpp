#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

#include "objects/row.hpp"

using namespace snaptrail::objects;

namespace {
boost::json::object parsed(const Row& row) { return boost::json::parse(to_json(row)).as_object(); }
}  // namespace

TEST_CASE("an empty row prints every field, null where there is nothing", "[row]") {
  const auto json = parsed(Row{});
  CHECK(json.size() == 31);
  for (const char* field : {"apiTime", "kind",           "namespace",    "name",      "uid",      "from",
                            "to",      "outcome",        "readyToUse",   "reason",    "message",  "resourceVersion",
                            "actor",   "cause",          "chain",        "content",   "claimUid", "deletionPolicy",
                            "driver",  "snapshotHandle", "volumeHandle", "initiator", "fact",     "gap",
                            "finding"}) {
    CAPTURE(field);
    CHECK(json.at(field).is_null());
  }
  CHECK(json.at("late") == false);
}

TEST_CASE("readyToUse keeps nil apart from false", "[row]") {
  Row row;
  row.ready = ReadyChange{Ready::Nil, Ready::False};
  CHECK(parsed(row).at("readyToUse") == boost::json::value({{"from", nullptr}, {"to", false}}));
}

TEST_CASE("hostile strings stay inside their JSON string", "[row]") {
  Row row;
  row.name = "x\",\"type\":\"gap\n\x1b[31m\xFF";
  row.message = std::string("\0end", 4);
  const std::string line = to_json(row);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\x1b') == std::string::npos);
  const auto json = parsed(row);
  CHECK(json.at("type") == "transition");
  CHECK(json.at("name").as_string() == "x\",\"type\":\"gap\n\x1b[31m\xEF\xBF\xBD");
  CHECK(json.at("message").as_string().size() == 4);
}

TEST_CASE("names of enumerations read back", "[row]") {
  CHECK(state_of(to_string(State::WaitingForConsumer)) == State::WaitingForConsumer);
  CHECK(gap_cause_of(to_string(GapCause::Rewound)) == GapCause::Rewound);
  CHECK_FALSE(state_of("ready"));
}
