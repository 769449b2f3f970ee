// What the doctor prints.
#include "cmd/snaptrail/doctor_text.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::cmd;
using snaptrail::reconcilers::preflight::Check;
using snaptrail::reconcilers::preflight::CheckStatus;

namespace {

Check check(CheckStatus status, std::string about = "") {
  return {"class-name",      std::move(about), status, "It isn't there", {"named by \x1b[31mVolumeSnapshot"},
          {"Name it.", "ls"}};
}

}  // namespace

TEST_CASE("an answer in JSON has every member, null where there is nothing", "[doctor]") {
  Check bare = check(CheckStatus::Ok);
  bare.evidence.clear();
  bare.fix = {};
  CHECK(boost::json::serialize(check_json(bare)) ==
        R"({"check":"class-name","about":null,"status":"ok","what":"It isn't there","evidence":[],)"
        R"("fix":{"text":null,"command":null}})");
  CHECK(check_json(check(CheckStatus::Problem, "c")).at("about") == "c");
}

TEST_CASE("details are told of what isn't fine, and of the rest only on demand", "[doctor]") {
  const auto lines = check_details(check(CheckStatus::Problem, "oadp-example"), false);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "class-name oadp-example (problem): It isn't there");
  CHECK(lines[1] == "  named by \\x1b[31mVolumeSnapshot");
  CHECK(lines[2] == "  To do: Name it.");
  CHECK(lines[3] == "  $ ls");
  CHECK(check_details(check(CheckStatus::Ok), false).empty());
  CHECK(check_details(check(CheckStatus::Ok), true).size() == 4);
  CHECK_FALSE(check_details(check(CheckStatus::Unknown), false).empty());
}

TEST_CASE("a table's line has status, check, what it is about, and what", "[doctor]") {
  const Line line = check_line(check(CheckStatus::Warning));
  REQUIRE(line.size() == check_columns().size());
  CHECK(line[0].text == "warning");
  CHECK(line[0].colour == colours::kBusy);
  CHECK(line[2].text == "-");
}

TEST_CASE("the summary counts, worst first", "[doctor]") {
  CHECK(summary_of({check(CheckStatus::Ok), check(CheckStatus::Problem), check(CheckStatus::Ok),
                    check(CheckStatus::Problem), check(CheckStatus::Warning)}) == "2 problems, 1 warning, 2 ok");
  CHECK(summary_of({}).empty());
}
