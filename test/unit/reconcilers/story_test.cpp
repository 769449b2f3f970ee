#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "cluster.hpp"
#include "reconcilers/story/story.hpp"

using namespace snaptrail;
using namespace snaptrail::reconcilers;
using objects::Kind;
using objects::Millis;
using objects::Row;
using objects::State;
using test::at;
using test::uid;

namespace {

Row row(int second, Kind kind, int object, int chain, State to, std::optional<State> from = {}) {
  Row made;
  made.at = at(second);
  made.kind = kind;
  made.uid = uid(object);
  made.ns = kind == Kind::VolumeSnapshotContent ? "" : "shop";
  made.name = "o" + std::to_string(object);
  made.chain = uid(chain).str();
  made.to = to;
  made.from = from;
  made.driver = "ebs";
  made.initiator = objects::Initiator{"velero", "full", ""};
  return made;
}

Row with_handle(Row made, std::string handle) {
  made.snapshot_handle = std::move(handle);
  return made;
}

Row of_restore(Row made, std::string restore) {
  made.initiator->restore = std::move(restore);
  return made;
}

Story backup(const std::vector<Row>& rows) { return tell_story({.restore = false, .name = "full"}, rows, {}); }

objects::Operation operation(Kind kind, const std::string& name, int started, int completed) {
  objects::Operation made;
  made.kind = kind;
  made.ns = "velero";
  made.name = name;
  made.phase = "Completed";
  made.backup = "full";
  if (kind == Kind::Restore || kind == Kind::DataDownload) made.restore = "back";
  made.created = made.started = at(started);
  made.completed = at(completed);
  return made;
}

Millis total(const Story& story) { return std::accumulate(story.spent.begin(), story.spent.end(), Millis{0}); }

}  // namespace

TEST_CASE("a story of nothing says that nothing is known", "[story]") {
  const Story story = backup({});
  CHECK(story.items.empty());
  CHECK_FALSE(story.began);
  CHECK_FALSE(story.ended);
  CHECK(total(story) == Millis{0});
  CHECK(to_table(story).find("nothing of it is in the ledger") != std::string::npos);
  CHECK(to_json(story).find(R"("items":[])") != std::string::npos);
}

TEST_CASE("a snapshot's way is divided among controller, sidecar, driver and backoff", "[story]") {
  const Story story = backup({
      row(0, Kind::VolumeSnapshot, 1, 1, State::Pending),
      row(2, Kind::VolumeSnapshotContent, 2, 1, State::Pending),
      row(3, Kind::VolumeSnapshotContent, 2, 1, State::Creating, State::Pending),
      row(5, Kind::VolumeSnapshotContent, 2, 1, State::Error, State::Creating),
      row(9, Kind::VolumeSnapshotContent, 2, 1, State::Creating, State::Error),
      with_handle(row(10, Kind::VolumeSnapshotContent, 2, 1, State::Uploading, State::Creating), "h"),
      with_handle(row(40, Kind::VolumeSnapshotContent, 2, 1, State::Ready, State::Uploading), "h"),
      with_handle(row(41, Kind::VolumeSnapshot, 1, 1, State::Ready, State::Pending), "h"),
  });
  REQUIRE(story.items.size() == 1);
  const StoryItem& item = story.items[0];
  CHECK(item.end == StoryEnd::Ready);
  CHECK(item.handle == "h");
  CHECK(item.blocked == Millis{10'000});
  CHECK(item.held_up == 0);
  CHECK_FALSE(story.longest_block);
  const auto seconds = [&](Spent where) { return story.spent.at(static_cast<std::size_t>(where)).count() / 1000; };
  CHECK(seconds(Spent::Controller) == 3);
  CHECK(seconds(Spent::Sidecar) == 1);
  CHECK(seconds(Spent::Driver) == 33);
  CHECK(seconds(Spent::Backoff) == 4);
  CHECK(total(story) == Millis{41'000});
}

TEST_CASE("what the initiator does between and around its items is its own time", "[story]") {
  const auto run = operation(Kind::Backup, "full", 0, 100);
  std::vector<Row> rows;
  for (const int begin : {10, 30}) {
    rows.push_back(row(begin, Kind::VolumeSnapshot, begin, begin, State::Pending));
    rows.push_back(row(begin + 1, Kind::VolumeSnapshotContent, begin + 1, begin, State::Pending));
    rows.push_back(
        with_handle(row(begin + 5, Kind::VolumeSnapshotContent, begin + 1, begin, State::Ready, State::Pending),
                    std::to_string(begin)));
    rows.push_back(row(begin + 5, Kind::VolumeSnapshot, begin, begin, State::Ready, State::Pending));
  }
  const Story story = tell_story({.restore = false, .name = "full"}, rows, std::vector{run});
  CHECK(story.began == at(0));
  CHECK(story.ended == at(100));
  CHECK(total(story) == Millis{100'000});
  CHECK(story.spent.at(static_cast<std::size_t>(Spent::Initiator)) == Millis{90'000});
  REQUIRE(story.longest_block == 0);
  CHECK(story.items[0].held_up == 1);
}

TEST_CASE("a restored claim's waiting is told by what it waits for", "[story]") {
  const auto claim = [](int second, State to) {
    Row made = of_restore(row(second, Kind::PersistentVolumeClaim, 5, 5, to), "back");
    made.claim_uid = uid(5);
    return made;
  };
  std::vector<Row> rows{claim(0, State::WaitingForSnapshot), claim(4, State::WaitingForConsumer),
                        claim(64, State::Requested), claim(65, State::Provisioning)};
  Row volume = of_restore(row(70, Kind::PersistentVolume, 6, 5, State::Pending), "back");
  volume.claim_uid = uid(5);
  rows.push_back(volume);
  rows.push_back(claim(71, State::Bound));
  const Story story = tell_story({.restore = true, .name = "back"}, rows, {});
  REQUIRE(story.items.size() == 1);
  CHECK(story.items[0].end == StoryEnd::Bound);
  const auto seconds = [&](Spent where) { return story.spent.at(static_cast<std::size_t>(where)).count() / 1000; };
  CHECK(seconds(Spent::Source) == 4);
  CHECK(seconds(Spent::Consumer) == 60);
  CHECK(seconds(Spent::Sidecar) == 1);
  CHECK(seconds(Spent::Driver) == 5);
  CHECK(seconds(Spent::Controller) == 1);
  CHECK(seconds(Spent::Initiator) == 0);
}

TEST_CASE("two claims restored from one imported snapshot are two items", "[story]") {
  std::vector<Row> rows{of_restore(row(0, Kind::VolumeSnapshot, 1, 9, State::Ready), "back")};
  for (const int claim : {5, 6}) {
    Row made = of_restore(row(claim, Kind::PersistentVolumeClaim, claim, 9, State::Bound), "back");
    made.claim_uid = uid(claim);
    rows.push_back(made);
  }
  const Story story = tell_story({.restore = true, .name = "back"}, rows, {});
  REQUIRE(story.items.size() == 2);
  CHECK(story.items[0].uid != story.items[1].uid);
}

TEST_CASE("a restore's rows are not the backup's, whose labels they carry; by the handle they are linked", "[story]") {
  std::vector<Row> rows{
      row(0, Kind::VolumeSnapshot, 1, 1, State::Pending),
      with_handle(row(5, Kind::VolumeSnapshot, 1, 1, State::Ready, State::Pending), "h"),
      with_handle(of_restore(row(50, Kind::PersistentVolumeClaim, 7, 7, State::Bound), "back"), "h"),
      with_handle(row(60, Kind::PersistentVolumeClaim, 8, 8, State::Requested), "h"),
  };
  rows[3].initiator.reset();  // by hand
  const Story story = backup(rows);
  CHECK(story.items.size() == 1);
  REQUIRE(story.links.size() == 2);
  CHECK(story.links[0].run == "back");
  CHECK(story.links[0].state == State::Bound);
  CHECK(story.links[1].run.empty());
  CHECK(story_handles(story.asked, rows) == std::vector<std::pair<std::string, std::string>>{{"ebs", "h"}});
}

TEST_CASE("the same handle of another driver is another snapshot", "[story]") {
  std::vector<Row> rows{with_handle(row(0, Kind::VolumeSnapshot, 1, 1, State::Ready), "h"),
                        with_handle(row(9, Kind::PersistentVolumeClaim, 7, 7, State::Bound), "h")};
  rows[1].driver = "ceph";
  rows[1].initiator.reset();
  CHECK(backup(rows).links.empty());
}

TEST_CASE("an end that only a list found is no exact length", "[story]") {
  std::vector<Row> rows{row(0, Kind::VolumeSnapshot, 1, 1, State::Pending),
                        row(4, Kind::VolumeSnapshotContent, 2, 1, State::Pending)};
  rows[1].late = true;
  const Story story = backup(rows);
  REQUIRE(story.items.size() == 1);
  REQUIRE_FALSE(story.items[0].phases.empty());
  CHECK_FALSE(story.items[0].phases[0].exact);
  CHECK(story.items[0].end == StoryEnd::Open);
  CHECK_FALSE(story.ended);
}

TEST_CASE("a story survives odd rows: times that go back, ends without beginnings, strange names", "[story]") {
  std::vector<Row> rows{
      row(50, Kind::VolumeSnapshotContent, 2, 1, State::Deleted), row(10, Kind::VolumeSnapshot, 1, 1, State::Ready),
      row(5, Kind::VolumeSnapshot, 1, 1, State::Deleted), row(1, Kind::VolumeSnapshotContent, 2, 1, State::Pending)};
  rows[1].name = "\x1b[31mred\"\n";
  rows[1].message = "bad \xff";
  Row gap;
  gap.type = objects::RowType::Gap;
  gap.at = at(3);
  rows.push_back(gap);
  const Story story = backup(rows);
  for (const StoryItem& item : story.items) {
    for (const StoryPhase& phase : item.phases) CHECK((!phase.to || *phase.to >= phase.from));
    CHECK(item.blocked >= Millis{0});
  }
  CHECK(to_table(story).find('\x1b') == std::string::npos);
  CHECK(to_json(story).find('\x1b') == std::string::npos);
}

namespace {

/// The snapshot of shop/o1 is cut and ready within five seconds.
std::vector<Row> one_snapshot() {
  return {row(10, Kind::VolumeSnapshot, 1, 1, State::Pending),
          row(11, Kind::VolumeSnapshotContent, 2, 1, State::Pending),
          with_handle(row(15, Kind::VolumeSnapshotContent, 2, 1, State::Ready, State::Pending), "h"),
          with_handle(row(15, Kind::VolumeSnapshot, 1, 1, State::Ready, State::Pending), "h")};
}

objects::Operation upload(int created, int started, int completed) {
  auto made = operation(Kind::DataUpload, "full-x", started, completed);
  made.created = at(created);
  made.claim_ns = "shop";
  made.claim = "data";
  made.snapshot = "o1";
  made.copy = "kopia-1";
  return made;
}

}  // namespace

TEST_CASE("a copy of a snapshot's data is a step of its own, and the time until it is done is the mover's", "[story]") {
  const std::vector operations{operation(Kind::Backup, "full", 0, 100), upload(16, 30, 90)};
  const Story story = tell_story({.restore = false, .name = "full"}, one_snapshot(), operations);
  REQUIRE(story.steps.size() == 1);
  const StoryStep& step = story.steps[0];
  CHECK(step.item == 0);
  CHECK(step.phase == "Completed");
  REQUIRE(step.phases.size() == 2);
  CHECK(step.phases[0].name == "wait");
  CHECK(*step.phases[0].to - step.phases[0].from == Millis{14'000});
  CHECK(step.phases[1].name == "copy");
  CHECK(*step.phases[1].to - step.phases[1].from == Millis{60'000});
  CHECK(story.spent.at(static_cast<std::size_t>(Spent::Mover)) == Millis{74'000});
  CHECK(total(story) == Millis{100'000});
  CHECK(to_table(story).find("DataUpload velero/full-x of shop/data  Completed after 1m14.0s, copy kopia-1") !=
        std::string::npos);
  CHECK(to_json(story).find(R"("steps":[{"kind":"DataUpload")") != std::string::npos);
}

TEST_CASE("a backup without snapshots is told from its copies alone, and who asked for it is named", "[story]") {
  auto run = operation(Kind::Backup, "full", 10, 100);
  run.schedule = "nightly";
  run.requested_by = "shop/mine";
  auto asked = operation(Kind::NonAdminBackup, "mine", 4, 4);
  asked.ns = "shop";
  asked.started = asked.completed = {};
  asked.phase = "Created";
  auto failed = operation(Kind::PodVolumeBackup, "full-p", 20, 80);
  failed.phase = "Failed";
  failed.message = "no space \x1b";
  const Story story = tell_story({.restore = false, .name = "full"}, {}, std::vector{failed, asked, run});
  CHECK(story.type == "velero");
  CHECK(story.began == at(10));
  CHECK(story.ended == at(100));
  REQUIRE(story.steps.size() == 2);
  CHECK(story.steps[0].kind == Kind::NonAdminBackup);
  REQUIRE(story.steps[0].phases.size() == 1);
  CHECK(*story.steps[0].phases[0].to - story.steps[0].phases[0].from == Millis{6'000});
  CHECK(story.steps[1].phases.size() == 1);  // it began at once
  CHECK(story.spent.at(static_cast<std::size_t>(Spent::Mover)) == Millis{60'000});
  CHECK(story.spent.at(static_cast<std::size_t>(Spent::Initiator)) == Millis{30'000});
  const std::string table = to_table(story);
  CHECK(table.find("velero backup full, Completed, schedule nightly, asked for by shop/mine") != std::string::npos);
  CHECK(table.find("message: no space") != std::string::npos);
  CHECK(table.find('\x1b') == std::string::npos);
}

TEST_CASE("a restore's downloads are its steps, and of a backup it is told by whom it was restored", "[story]") {
  const std::vector operations{operation(Kind::Restore, "back", 200, 300),
                               operation(Kind::DataDownload, "back-x", 210, 290),
                               operation(Kind::Backup, "full", 0, 100)};
  const Story restore = tell_story({.restore = true, .name = "back"}, {}, operations);
  REQUIRE(restore.steps.size() == 1);
  CHECK(restore.spent.at(static_cast<std::size_t>(Spent::Mover)) == Millis{80'000});
  CHECK(to_json(restore).find(R"("backup":"full","restore":"back")") != std::string::npos);
  const Story backup = tell_story({.restore = false, .name = "full"}, {}, operations);
  CHECK(backup.steps.empty());
  REQUIRE(backup.restores.size() == 1);
  CHECK(to_table(backup).find("restored by velero/back, Completed") != std::string::npos);
}

TEST_CASE("what belongs to an earlier Backup of the same name, or to another Velero's, is no part of the story",
          "[story]") {
  auto run = operation(Kind::Backup, "full", 1'000, 1'100);
  auto earlier_run = operation(Kind::Backup, "full", 0, 100);
  earlier_run.gone = at(500);
  auto foreign = upload(1'010, 1'010, 1'020);
  foreign.ns = "velero-2";
  const Story story =
      tell_story({.restore = false, .name = "full"}, {},
                 std::vector{run, earlier_run, upload(10, 10, 20), foreign, upload(1'010, 1'010, 1'050)});
  CHECK(story.began == at(1'000));
  REQUIRE(story.steps.size() == 1);
  CHECK(story.steps[0].ended == at(1'050));
}

TEST_CASE("a copy that still goes on keeps the story open; one whose object went has ended, nobody knows how",
          "[story]") {
  auto run = operation(Kind::Backup, "full", 0, 0);
  run.completed = {};
  run.phase = "WaitingForPluginOperations";
  auto open = upload(10, 20, 0);
  open.completed = {};
  const Story under_way = tell_story({.restore = false, .name = "full"}, {}, std::vector{run, open});
  CHECK_FALSE(under_way.ended);
  CHECK_FALSE(under_way.steps.at(0).phases.back().to);
  open.gone = run.gone = at(60);
  run.end = objects::OperationEnd::Deleted;
  const Story gone = tell_story({.restore = false, .name = "full"}, {}, std::vector{run, open});
  CHECK(gone.ended == at(60));
  CHECK(gone.steps.at(0).phases.back().to == at(60));
  CHECK_FALSE(gone.steps.at(0).phases.back().exact);
  CHECK(to_table(gone).find("its object went 1970-01-01T00:01:00.000Z: deleted") != std::string::npos);
}

TEST_CASE("odd operations make no odd story: times that go back, and none at all", "[story]") {
  objects::Operation bare;
  bare.kind = Kind::DataUpload;
  bare.backup = "full";
  auto backwards = upload(50, 10, 5);
  const Story story = tell_story({.restore = false, .name = "full"}, {}, std::vector{bare, backwards});
  REQUIRE(story.steps.size() == 2);
  for (const StoryStep& step : story.steps) {
    for (const StoryPhase& phase : step.phases) CHECK((!phase.to || *phase.to >= phase.from));
  }
  CHECK(total(story) >= Millis{0});
}

TEST_CASE("a Backup of Velero is no part of another tool's run of the same name", "[story]") {
  auto rows = one_snapshot();
  for (Row& one : rows) one.initiator->type = "snapscheduler";
  const std::vector operations{operation(Kind::Backup, "full", 0, 100), upload(16, 30, 90)};
  const Story story = tell_story({.restore = false, .name = "full"}, rows, operations);
  CHECK(story.items.size() == 1);
  CHECK_FALSE(story.run);
  CHECK(story.steps.empty());
}
