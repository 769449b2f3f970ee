// The protocol's rules (docs/protocol.md) that show on the wire: a reflector against a scripted API server.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "reflector_harness.hpp"

using namespace snaptrail::informers;
using namespace snaptrail::informers::test;
using namespace std::chrono_literals;
using Catch::Matchers::EndsWith;
using Lines = std::vector<std::string>;

namespace {

/// Against a server that streams lists.
struct Streaming : Harness {
  explicit Streaming(std::vector<Answer> script) : Harness(std::move(script)) { options.timings.stream_lists = true; }
};

}  // namespace

TEST_CASE("a reflector streams a list and goes on watching in the same stream", "[reflector]") {
  Streaming h({stream({event("ADDED", object("a", "91")), event("ADDED", object("b", "7")) + end_bookmark("100"),
                       event("MODIFIED", object("a", "101")) + bookmark("150")},
                      End::Clean),
               list("150", {})});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "listed a 91", "listed b 7", "list_finished 100", "synced",
                               "MODIFIED a 101", "bookmark 150"});
  CHECK(h.asked == Lines{"stream", "check 150"});
  CHECK(h.stats.streamed_lists == 1);
  CHECK(h.stats.listed == 2);
}

TEST_CASE("a reflector streams an empty list", "[reflector]") {
  Streaming h({stream({end_bookmark("100")}, End::Clean), list("100", {})});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "list_finished 100", "synced"});
}

TEST_CASE("a reflector lists in pages what a server can't stream", "[reflector]") {
  const int code = GENERATE(400, 403, 422, 501);
  Streaming h({status(code, "Invalid"), list("100", {object("a", "5")}), stream({}, End::Clean), list("100", {}),
               status(410, "Expired"), list("120", {})});
  h.run();
  if (code == 501) {  // a server in trouble: asked again
    CHECK(h.asked[1] == "stream");
  } else {
    CHECK(h.asked == Lines{"stream", "list", "watch 100", "check 100", "watch 100", "list"});
    CHECK(h.intake.seen[3] == "synced");
  }
}

TEST_CASE("a reflector asks a server that knows no streamed lists for pages once it sends a plain bookmark late",
          "[reflector]") {
  Streaming h({stream({event("ADDED", object("a", "5")), bookmark("90")}, End::Open), list("100", {object("a", "5")})});
  h.options.clock = [ticks = std::make_shared<std::chrono::seconds>()] {
    *ticks += 30s;
    return Moment{snaptrail::objects::Instant(1h) + *ticks, std::chrono::steady_clock::time_point{} + *ticks};
  };
  h.run();
  CHECK(h.asked == Lines{"stream", "list"});
  CHECK(h.intake.seen ==
        Lines{"list_started", "listed a 5", "list_started", "listed a 5", "list_finished 100", "synced"});
}

TEST_CASE("a reflector is not misled by many plain bookmarks of a server that knows no streamed lists", "[reflector]") {
  const std::string often = bookmark("90");
  Streaming h({stream({event("ADDED", object("a", "5")), often, often, often, often, often, often}, End::Open),
               list("100", {object("a", "5")})});
  h.options.timings.stream_patience = 11s;  // the harness's clock takes two from look to look
  h.run();
  CHECK(h.asked == Lines{"stream", "list"});
  CHECK(h.intake.seen.back() == "synced");
}

TEST_CASE("a reflector takes an object that comes back while a list is streamed, not its deletion before",
          "[reflector]") {
  Streaming h({stream(
      {event("ADDED", object("a", "10")), event("ADDED", object("b", "11")), event("DELETED", object("a", "12")),
       event("DELETED", object("b", "13")), event("ADDED", object("a", "14")), end_bookmark("100")},
      End::Clean)});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "listed a 10", "listed b 11", "listed a 14", "list_finished 100",
                               "synced", "DELETED b 13"});
}

TEST_CASE("a reflector holds back what a list names before its version", "[reflector]") {
  Harness h({answer(200, R"({"kind":"VolumeSnapshotList","items":[)" + object("a", "40") +
                             R"(],"metadata":{"resourceVersion":"70"}})")});
  h.stored = Position{"90", snaptrail::objects::Instant(1h)};
  h.run();
  CHECK(h.intake.seen == Lines{"gap rewound 90..70", "list_started", "listed a 40", "list_finished 70", "synced"});
}

TEST_CASE("a reflector whose streamed list is older than what was seen begins the new history with pages",
          "[reflector]") {
  Streaming h({stream({end_bookmark("90"), error_event(410, "Expired")}, End::Open),
               stream({event("ADDED", object("a", "40")), end_bookmark("70")}, End::Open),
               list("70", {object("a", "40")})});
  h.run();
  CHECK(h.asked == Lines{"stream", "stream 90", "list"});
  CHECK(h.intake.seen == Lines{"list_started", "list_finished 90", "synced", "list_started", "listed a 40",
                               "gap rewound 90..70", "list_started", "listed a 40", "gap disconnected 70..70",
                               "list_finished 70"});
}

TEST_CASE("rule 4: what is changed or deleted while a list is streamed is so at its end", "[protocol]") {
  Streaming h({stream({event("ADDED", object("a", "5")), event("ADDED", object("b", "6")),
                       event("MODIFIED", object("a", "98")), event("DELETED", object("b", "99")), end_bookmark("100")},
                      End::Clean)});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "listed a 5", "listed b 6", "listed a 98", "list_finished 100", "synced",
                               "DELETED b 99"});
}

TEST_CASE("rule 5: objects of a streamed list come in the order of names: only its end tells the place", "[protocol]") {
  Streaming h(
      {stream({event("ADDED", object("a", "91")), event("ADDED", object("b", "87"))}, End::Cut),
       stream({event("ADDED", object("a", "91")), event("ADDED", object("b", "87")), end_bookmark("95")}, End::Clean),
       close()});
  h.run();
  REQUIRE(h.asked.size() == 3);
  CHECK(h.asked[1] == "stream 91");  // not older than what came, and that is all it tells
  CHECK_THAT(h.asked[2], EndsWith(" 95"));
  CHECK(h.intake.seen == Lines{"list_started", "listed a 91", "listed b 87", "failing", "list_started", "listed a 91",
                               "listed b 87", "list_finished 95", "synced"});
}

TEST_CASE("rule 19: a bookmark moves the place and nothing else, and may come without a version", "[protocol]") {
  const std::string empty = "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"VolumeSnapshot\"}}\n";
  Harness h({list("100", {}), stream({bookmark("150"), empty}, End::Clean), close()});
  h.run();
  REQUIRE(h.asked.size() == 3);
  CHECK_THAT(h.asked[2], EndsWith(" 150"));
  CHECK(h.intake.seen == Lines{"list_started", "list_finished 100", "synced", "bookmark 150"});
}

TEST_CASE("rule 22: a stream that brings bytes but no event or bookmark is ended by us", "[protocol]") {
  Harness h({list("100", {}), stream({"\n", "\n\n"}, End::Open), close()});
  h.options.proof = 1s;  // the harness's clock takes two from look to look
  h.run();
  REQUIRE(h.asked.size() == 3);
  CHECK_THAT(h.asked[2], EndsWith(" 100"));
  CHECK(h.stats.failures > 0);
}

TEST_CASE("rule 23: a cut line is never an event, however the stream ends", "[protocol]") {
  const End end = GENERATE(End::Cut, End::Clean);
  const std::string cut = event("ADDED", object("b", "102"));
  Harness h({list("100", {}), stream({event("ADDED", object("a", "101")), cut.substr(0, cut.size() - 1)}, end)});
  h.run();
  CHECK(h.intake.seen.back() == "ADDED a 101");
  CHECK(h.stats.failures == 1);
}

TEST_CASE("rule 26: events of another kind or an unknown type are skipped and counted", "[protocol]") {
  const std::string foreign = event("ADDED", R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}})");
  Harness h({list("100", {}),
             stream({"{\"type\":\"ODD\",\"object\":{}}\n", foreign, event("ADDED", object("a", "101"))}, End::Clean)});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "list_finished 100", "synced", "ADDED a 101"});
  CHECK(h.stats.malformed == 2);
}

TEST_CASE("rule 29: a deletion's version is the place to resume from", "[protocol]") {
  Harness h({list("100", {object("a", "5")}), stream({event("DELETED", object("a", "140"))}, End::Clean), close()});
  h.run();
  REQUIRE(h.asked.size() == 3);
  CHECK_THAT(h.asked[2], EndsWith(" 140"));
}
