#include "reconcilers/phases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace snaptrail::objects;
using namespace snaptrail::reconcilers;
using std::chrono::milliseconds;

namespace {

const Uid kSnapshot = *Uid::parse("11111111-1111-4111-8111-111111111111");
const Uid kContent = *Uid::parse("22222222-2222-4222-8222-222222222222");
const Uid kClaim = *Uid::parse("33333333-3333-4333-8333-333333333333");
const Uid kVolume = *Uid::parse("44444444-4444-4444-8444-444444444444");
constexpr const char* kImportedChain = "8f6f5b0a-2f1b-5a53-9d52-3d6d7b1c4e11";

std::string describe(const PhaseDuration& d) {
  constexpr const char* kNames[] = {"snapshot", "snapshot-total", "restore", "restore-total"};
  return std::string(kNames[static_cast<int>(d.measure)]) + " " + std::string(d.step) + " " + d.driver + "/" +
         d.class_name + " " + std::to_string(d.length.count()) + (d.clamped ? " clamped" : "");
}

std::string describe(const PhaseCount& c) {
  constexpr const char* kNames[] = {"snapshot-finished", "restore-finished", "snapshot-deleted"};
  return std::string(kNames[static_cast<int>(c.end)]) + " " + std::string(c.outcome) + " " + c.driver + "/" +
         c.class_name;
}

using Lines = std::vector<std::string>;

/// A clock with a story told to it row by row.
struct Teller {
  PhaseClock clock{
      [](Kind kind, const Uid&) { return std::string(kind == Kind::PersistentVolumeClaim ? "fast" : "snapclass"); }};
  Lines durations;
  Lines counts;
  std::string chain = kSnapshot.str();
  std::int64_t epoch = 1;

  Row row(int at, Kind kind, const Uid& uid, std::optional<State> from, State to) const {
    Row made;
    made.at = Instant(milliseconds(1'000'000 + at));
    made.kind = kind;
    made.uid = uid;
    made.from = from;
    made.to = to;
    made.epoch = epoch;
    made.driver = "csi.example";
    made.chain = chain;
    return made;
  }
  void tell(const Row& row) {
    const PhaseResults results = clock.recorded(row);
    for (const auto& d : results.durations) durations.push_back(describe(d));
    for (const auto& c : results.counts) counts.push_back(describe(c));
  }
  void snapshot(int at, std::optional<State> from, State to, bool late = false) {
    Row made = row(at, Kind::VolumeSnapshot, kSnapshot, from, to);
    made.late = late;
    tell(made);
  }
  void content(int at, std::optional<State> from, State to, const std::string& handle = {}, bool late = false) {
    Row made = row(at, Kind::VolumeSnapshotContent, kContent, from, to);
    made.snapshot_handle = handle;
    made.late = late;
    if (to == State::Deleted) made.outcome = Outcome::Destroyed;
    tell(made);
  }
  void claim(int at, std::optional<State> from, State to, bool late = false) {
    Row made = row(at, Kind::PersistentVolumeClaim, kClaim, from, to);
    made.claim_uid = kClaim;
    made.late = late;
    tell(made);
  }
  void volume(int at, std::optional<State> from, State to) {
    Row made = row(at, Kind::PersistentVolume, kVolume, from, to);
    made.claim_uid = kClaim;
    tell(made);
  }
};

}  // namespace

TEST_CASE("a snapshot seen from its creation yields each phase once, and they add up to its total", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Pending);
  story.content(10, {}, State::Pending);
  story.content(20, State::Pending, State::Creating);
  story.snapshot(30, State::Pending, State::Creating);
  story.content(3'000, State::Creating, State::Uploading, "snap-1");
  story.snapshot(3'100, State::Creating, State::Uploading);
  story.content(9'000, State::Uploading, State::Ready, "snap-1");
  story.snapshot(9'250, State::Uploading, State::Ready);
  CHECK(story.durations == Lines{"snapshot bind csi.example/snapclass 10", "snapshot create csi.example/snapclass 2990",
                                 "snapshot upload csi.example/snapclass 6000",
                                 "snapshot-total ready csi.example/snapclass 9250",
                                 "snapshot mirror csi.example/snapclass 250"});
  CHECK(story.counts == Lines{"snapshot-finished ready csi.example/snapclass"});
  CHECK(story.clock.open() == 0);
}

TEST_CASE("a handle that comes together with readiness is an upload of no length", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Pending);
  story.content(10, {}, State::Creating);
  story.content(3'010, State::Creating, State::Ready, "5");
  CHECK(story.durations.back() == "snapshot upload csi.example/snapclass 0");
}

TEST_CASE("rows of two streams in the other order are clamped and said to be", "[phases]") {
  Teller story;
  story.content(0, {}, State::Pending);
  story.snapshot(4, {}, State::Pending);
  CHECK(story.durations == Lines{"snapshot bind csi.example/snapclass 0 clamped"});
}

TEST_CASE("a late row spoils the phases that it falls into and no later one", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Pending);
  story.content(10, {}, State::Pending);
  story.content(500, State::Pending, State::Creating, "", true);
  story.content(900, State::Creating, State::Uploading, "h");
  story.content(1'000, State::Uploading, State::Ready, "h");
  story.snapshot(1'100, State::Pending, State::Ready);
  CHECK(story.durations == Lines{"snapshot bind csi.example/snapclass 10", "snapshot upload csi.example/snapclass 100",
                                 "snapshot mirror csi.example/snapclass 100"});
}

TEST_CASE("an end found by a list has no duration but is counted", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Pending);
  story.snapshot(5'000, State::Pending, State::Ready, true);
  CHECK(story.durations.empty());
  CHECK(story.counts == Lines{"snapshot-finished ready csi.example/snapclass"});
}

TEST_CASE("what the first list finds finished long ago is neither timed nor counted nor kept", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Ready, true);
  story.content(0, {}, State::Ready, "h", true);
  story.claim(0, {}, State::Bound, true);
  CHECK(story.durations.empty());
  CHECK(story.counts.empty());
  CHECK(story.clock.open() == 0);
}

TEST_CASE("objects under way when the daemon started yield the phases that begin afterwards", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Creating, true);
  story.content(0, {}, State::Creating, "", true);
  story.content(1'000, State::Creating, State::Uploading, "h");
  story.content(4'000, State::Uploading, State::Ready, "h");
  story.snapshot(4'500, State::Creating, State::Ready);
  CHECK(story.durations ==
        Lines{"snapshot upload csi.example/snapclass 3000", "snapshot mirror csi.example/snapclass 500"});
  CHECK(story.counts == Lines{"snapshot-finished ready csi.example/snapclass"});
}

TEST_CASE("a snapshot that goes without ever being ready failed", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Pending);
  story.snapshot(100, State::Pending, State::Error);
  story.snapshot(60'000, State::Error, State::Deleting);
  story.snapshot(60'100, State::Deleting, State::Deleted);
  CHECK(story.counts == Lines{"snapshot-finished failed csi.example/snapclass"});
  CHECK(story.durations == Lines{"snapshot-total failed csi.example/snapclass 60100"});
}

TEST_CASE("a ready snapshot that breaks, heals and goes finished once", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Pending);
  story.snapshot(100, State::Pending, State::Ready);
  story.snapshot(200, State::Ready, State::Broken);
  story.snapshot(300, State::Broken, State::Ready);
  story.snapshot(400, State::Ready, State::Broken);
  story.snapshot(500, State::Broken, State::Deleting);
  story.snapshot(600, State::Deleting, State::Deleted);
  CHECK(story.counts == Lines{"snapshot-finished ready csi.example/snapclass"});
}

TEST_CASE("deletion is timed on the content and counted by its outcome", "[phases]") {
  Teller story;
  story.snapshot(0, State::Ready, State::Deleting);
  story.content(10, State::Ready, State::Deleting, "h");
  story.content(5'010, State::Deleting, State::Deleted, "h");
  story.snapshot(5'020, State::Deleting, State::Deleted);
  CHECK(story.durations == Lines{"snapshot delete csi.example/snapclass 5000"});
  CHECK(story.counts == Lines{"snapshot-deleted Destroyed csi.example/snapclass"});
  CHECK(story.clock.open() == 0);
}

TEST_CASE("an imported snapshot is counted but times nothing, since nothing is cut", "[phases]") {
  Teller story;
  story.chain = kImportedChain;
  story.content(0, {}, State::Pending, "5");
  story.content(10, State::Pending, State::Ready, "5");
  story.snapshot(20, {}, State::Pending);
  story.snapshot(30, State::Pending, State::Ready);
  CHECK(story.durations.empty());
  CHECK(story.counts == Lines{"snapshot-finished ready csi.example/snapclass"});
  CHECK(story.clock.open() == 0);
}

TEST_CASE("a restore yields waiting, provisioning and binding, and they add up", "[phases]") {
  Teller story;
  story.claim(0, {}, State::WaitingForSnapshot);
  story.claim(2'000, State::WaitingForSnapshot, State::Requested);
  story.claim(2'100, State::Requested, State::Provisioning);
  story.claim(3'000, State::Provisioning, State::Error);
  story.claim(4'000, State::Error, State::Provisioning);
  story.volume(18'000, {}, State::Pending);
  story.volume(18'010, State::Pending, State::Bound);
  story.claim(18'050, State::Provisioning, State::Bound);
  CHECK(story.durations == Lines{"restore wait csi.example/fast 2000", "restore provision csi.example/fast 16000",
                                 "restore-total bound csi.example/fast 18050", "restore bind csi.example/fast 50"});
  CHECK(story.counts == Lines{"restore-finished bound csi.example/fast"});
  CHECK(story.clock.open() == 0);
}

TEST_CASE("a restore that need not wait waits for no time", "[phases]") {
  Teller story;
  story.claim(0, {}, State::Requested);
  CHECK(story.durations == Lines{"restore wait csi.example/fast 0"});
}

TEST_CASE("a volume whose rows come after the claim is bound still ends both phases", "[phases]") {
  Teller story;
  story.claim(0, {}, State::Requested);
  story.claim(100, State::Requested, State::Bound);
  story.volume(101, {}, State::Bound);
  CHECK(story.durations == Lines{"restore wait csi.example/fast 0", "restore-total bound csi.example/fast 100",
                                 "restore provision csi.example/fast 101", "restore bind csi.example/fast 0 clamped"});
}

TEST_CASE("a restore deleted before it was bound failed, one deleted afterwards did not", "[phases]") {
  Teller failed;
  failed.claim(0, {}, State::Requested);
  failed.claim(50, State::Requested, State::Deleting);
  failed.claim(60, State::Deleting, State::Deleted);
  CHECK(failed.counts == Lines{"restore-finished failed csi.example/fast"});
  CHECK(failed.clock.open() == 0);

  Teller fine;
  fine.claim(0, State::Bound, State::Deleting);
  fine.claim(60, State::Deleting, State::Deleted);
  CHECK(fine.counts.empty());
  CHECK(fine.clock.open() == 0);
}

TEST_CASE("claims that restore nothing are no restores", "[phases]") {
  Teller story;
  story.chain = "";
  story.claim(0, {}, State::Pending);
  story.claim(10, State::Pending, State::Bound);
  CHECK(story.durations.empty());
  CHECK(story.counts.empty());
}

TEST_CASE("a half whose other half never shows is given up after a grace", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Creating);
  story.snapshot(10, State::Creating, State::Ready);
  CHECK(story.clock.open() == 1);
  Row later = story.row(10 + 5 * 60'000, Kind::VolumeSnapshotClass, Uid{}, {}, State::Pending);
  story.tell(later);
  CHECK(story.clock.open() == 0);
}

TEST_CASE("a new epoch forgets what the old one began", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Pending);
  story.epoch = 2;
  story.snapshot(500, State::Pending, State::Ready);
  CHECK(story.durations.empty());
}

TEST_CASE("facts, gaps and outcomes end no phase", "[phases]") {
  Teller story;
  story.snapshot(0, {}, State::Pending);
  Row fact = story.row(10, Kind::VolumeSnapshot, kSnapshot, State::Ready, State::Ready);
  fact.type = RowType::Fact;
  story.tell(fact);
  Row outcome = story.row(20, Kind::VolumeSnapshot, kSnapshot, State::Deleted, State::Deleted);
  outcome.type = RowType::Outcome;
  story.tell(outcome);
  Row gap;
  gap.type = RowType::Gap;
  gap.gap = Gap{};
  story.tell(gap);
  CHECK(story.durations.empty());
  CHECK(story.counts.empty());
}
