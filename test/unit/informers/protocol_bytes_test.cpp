// The protocol's rules (docs/protocol.md) about what is asked, and about bytes and versions.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "informers/decoder.hpp"
#include "informers/request_path.hpp"
#include "informers/store.hpp"

using namespace snaptrail::informers;
using Catch::Matchers::ContainsSubstring;
using snaptrail::objects::Kind;
using snaptrail::objects::Symbol;
using snaptrail::objects::Uid;
using snaptrail::objects::VolumeSnapshot;

namespace {

const Target kTarget{Kind::VolumeSnapshot, "", "volumesnapshots"};
const std::string kPath = "/apis/snapshot.storage.k8s.io/v1/volumesnapshots";

VolumeSnapshot snapshot(int digit, const std::string& version, const std::string& name = "nightly") {
  VolumeSnapshot object;
  object.meta.uid = *Uid::parse("00000000-0000-4000-8000-00000000000" + std::to_string(digit));
  object.meta.ns = Symbol("shop");
  object.meta.name = name;
  object.meta.resource_version = version;
  return object;
}

Decoded bookmark_with(const std::string& annotations) {
  WatchDecoder decoder(Kind::VolumeSnapshot);
  return decoder.decode(R"({"type":"BOOKMARK","object":{"kind":"VolumeSnapshot","metadata":{"resourceVersion":"7")" +
                        annotations + "}}}");
}

}  // namespace

TEST_CASE("rule 2: the parameters of a streamed list go together", "[protocol]") {
  using std::chrono::seconds;
  CHECK(request_path(kTarget, command::StreamList{"", seconds(300)}) ==
        kPath +
            "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
            "&timeoutSeconds=300");
  CHECK_THAT(request_path(kTarget, command::StreamList{"42", seconds(300)}),
             ContainsSubstring("&resourceVersionMatch=NotOlderThan&") && ContainsSubstring("&resourceVersion=42&"));
}

TEST_CASE("rule 3: a list ends at a bookmark whose annotation says true, not at one that has it", "[protocol]") {
  const auto ends = [](const std::string& annotations) {
    const auto decoded = bookmark_with(annotations);
    return std::get<Bookmark>(decoded).initial_events_end;
  };
  CHECK(ends(R"(,"annotations":{"k8s.io/initial-events-end":"true"})"));
  CHECK_FALSE(ends(R"(,"annotations":{"k8s.io/initial-events-end":"false"})"));
  CHECK_FALSE(ends(R"(,"annotations":{"k8s.io/initial-events-end":""})"));
  CHECK_FALSE(ends(R"(,"annotations":{"other":"true"})"));
  CHECK_FALSE(ends(""));
}

TEST_CASE("rule 8: no list or watch of what is watched ever asks for version 0", "[protocol]") {
  const Moment now{};
  CHECK(WatchFsm("volumesnapshots", {}, Position{"0", {}}, 1).resume(input::Started{}, now).next ==
        Command(command::ListPage{500, ""}));
  WatchFsm fsm("volumesnapshots", {}, {}, 1);
  const Step first = fsm.resume(input::Started{}, now);
  const auto* list = std::get_if<command::StreamList>(&first.next);
  REQUIRE(list != nullptr);
  CHECK(list->resource_version.empty());
  CHECK_FALSE(fsm.list_streamed("0", now).list_finished);
  CHECK(request_path(kTarget, command::ListPage{500, ""}) == kPath + "?limit=500");
}

TEST_CASE("rule 10: a list goes on as long as there is a token, and a token comes without a version", "[protocol]") {
  CHECK(request_path(kTarget, command::ListPage{500, "a+b"}) == kPath + "?limit=500&continue=a%2Bb");
  WatchTimings paged;
  paged.stream_lists = false;
  WatchFsm fsm("volumesnapshots", paged, {}, 1);
  fsm.resume(input::Started{}, {});
  for (const char* token : {"t1", "t2"}) {
    const Step step = fsm.resume(input::PageDone{"100", token}, {});
    REQUIRE_FALSE(step.list_finished);
    CHECK(std::get<command::ListPage>(step.next).continue_token == token);
  }
  CHECK(fsm.resume(input::PageDone{"100", ""}, {}).list_finished == "100");
}

TEST_CASE("rule 20: every watch asks for bookmarks, which keep its place alive", "[protocol]") {
  CHECK_THAT(request_path(kTarget, command::Watch{"42", std::chrono::seconds(300)}),
             ContainsSubstring("&allowWatchBookmarks=true&"));
}

TEST_CASE("rule 25: an event is a line whatever the chunks, and one that is too long is dropped and counted",
          "[protocol]") {
  const std::string bytes = "{\"a\":1}\n" + std::string(200, 'x') + "\n{\"b\":2}\r\n";
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    LineSplitter splitter(100);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      splitter.write(std::string_view(bytes).substr(at, size), [&](std::string_view line) {
        lines.emplace_back(line);
        return true;
      });
    }
    REQUIRE(lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
    REQUIRE(splitter.oversized() == 1);
  }
}

TEST_CASE("rule 27: what a complete list does not name is handed out with its last known state", "[protocol]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "5", "gone"));
  store.upsert(snapshot(2, "6", "stays"));
  store.begin_relist();
  store.upsert(snapshot(2, "6", "stays"));
  const auto gone = store.end_relist();
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].meta.resource_version == "5");
  CHECK(store.size() == 1);
}

TEST_CASE("rule 28: the same name with another UID is another object", "[protocol]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "5"));
  CHECK(store.upsert(snapshot(2, "8")).kind == ChangeKind::Added);
  CHECK(store.size() == 2);  // until the first one's end is known
  CHECK(store.find("shop", "nightly")->meta.uid == snapshot(2, "").meta.uid);
  CHECK(store.remove(snapshot(1, "").meta.uid)->meta.resource_version == "5");
}

TEST_CASE("rule 30: a version that is not newer changes nothing, and what has ended does not rise again",
          "[protocol]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "10"));
  CHECK(store.upsert(snapshot(1, "10")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(1, "9")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(1, "11")).kind == ChangeKind::Modified);
  store.upsert(snapshot(2, "x"));
  CHECK(store.upsert(snapshot(2, "x")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(2, "y")).kind == ChangeKind::Modified);  // can't be ordered: equality decides
  store.remove(snapshot(1, "").meta.uid, "12");
  CHECK(store.upsert(snapshot(1, "10")).kind == ChangeKind::Unchanged);
  CHECK(store.find(snapshot(1, "").meta.uid) == nullptr);
  store.begin_relist();
  CHECK(store.upsert(snapshot(1, "12")).kind == ChangeKind::Added);  // a list is believed
}
