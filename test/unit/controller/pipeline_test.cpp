#include "controller/pipeline.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace snaptrail;
using controller::Pipeline;
using informers::Availability;
using informers::EventType;
using informers::Target;
using objects::Kind;

namespace {

constexpr const char* kUid = "00000000-0000-4000-8000-00000000000";  // and one digit

objects::Uid uid(int digit) { return *objects::Uid::parse(kUid + std::to_string(digit)); }
objects::Instant at(int second) { return objects::Instant{objects::Millis{second * 1000LL}}; }

objects::VolumeSnapshot snapshot(int digit, const std::string& resource_version, bool ready = false) {
  objects::VolumeSnapshot snapshot;
  snapshot.meta.uid = uid(digit);
  snapshot.meta.ns = objects::Symbol("shop");
  snapshot.meta.name = "s" + std::to_string(digit);
  snapshot.meta.resource_version = resource_version;
  if (ready) snapshot.ready = objects::Ready::True;
  return snapshot;
}

/// snapshot(), of a cluster of more than ten.
objects::VolumeSnapshot numbered(int number, bool ready = false) {
  const std::string digits = std::to_string(1'000'000 + number);
  objects::VolumeSnapshot made = snapshot(0, "5", ready);
  made.meta.uid = *objects::Uid::parse("00000000-0000-4000-8000-00000" + digits);
  made.meta.name = "n" + digits;
  return made;
}

/// All that the pipeline hands on.
struct Sink : controller::PipelineSink {
  std::vector<ledger::Batch> batches;
  bool opened = false;
  std::size_t room = 1'000;  ///< batches without rows that it takes

  void record(ledger::Batch batch) override {
    if (batch.rows.empty() && room > 0) --room;
    batches.push_back(std::move(batch));
  }
  bool has_room() const override { return room > 0; }
  void availability_changed(const Target&, Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation&) override {}
  void gate_opened(objects::Instant) override { opened = true; }

  /// One line a row: "s1 Pending→Ready", "s1 -→Pending late", "gap rewound epoch 2".
  std::vector<std::string> rows() const {
    std::vector<std::string> lines;
    for (const auto& batch : batches) {
      for (const auto& row : batch.rows) lines.push_back(line(row));
    }
    return lines;
  }
  std::size_t records() const {
    std::size_t count = 0;
    for (const auto& batch : batches) count += batch.records.size();
    return count;
  }
  /// The last position that was committed for that target; empty if none.
  std::string position(std::string_view target) const {
    std::string found;
    for (const auto& batch : batches) {
      for (const auto& position : batch.positions) {
        if (position.target == target) found = position.resource_version;
      }
    }
    return found;
  }

 private:
  static std::string line(const objects::Row& row) {
    if (row.gap) return "gap " + std::string(to_string(row.gap->cause)) + " epoch " + std::to_string(row.epoch);
    std::string text = row.name + ' ' + (row.from ? std::string(to_string(*row.from)) : "-") + "→";
    text += row.to ? to_string(*row.to) : "-";
    return row.late ? text + " late" : text;
  }
};

using Lines = std::vector<std::string>;

/// A pipeline over two resources.
struct Fixture {
  Target snapshots{Kind::VolumeSnapshot, {}, "volumesnapshots"};
  Target contents{Kind::VolumeSnapshotContent, {}, "volumesnapshotcontents"};
  Sink sink;
  Pipeline pipeline;

  explicit Fixture(std::set<std::string> followed_before = {}, bool rows_of_first_list = false)
      : pipeline(options(std::move(followed_before), rows_of_first_list), sink) {}

  controller::PipelineOptions options(std::set<std::string> followed_before, bool rows_of_first_list) const {
    controller::PipelineOptions options;
    options.cluster = "c";
    options.targets = {snapshots, contents};
    options.followed_before = std::move(followed_before);
    options.rows_of_first_list = rows_of_first_list;
    return options;
  }

  void list(const Target& target, std::vector<objects::Object> objects, const char* version, int second) {
    pipeline.list_started(target, at(second));
    for (auto& object : objects) pipeline.listed(target, std::move(object), at(second));
    pipeline.list_finished(target, version, at(second));
    pipeline.availability(target, Availability::Synced, "", at(second));
  }
  void deliver(EventType type, objects::VolumeSnapshot object, int second) {
    pipeline.delivered(snapshots, {type, std::move(object)}, at(second));
  }
};

}  // namespace

TEST_CASE("nothing is classified before every resource is settled, and what came meanwhile follows", "[pipeline]") {
  Fixture f;
  f.list(f.snapshots, {snapshot(1, "5")}, "10", 1);
  f.deliver(EventType::Modified, snapshot(1, "11", true), 2);
  CHECK(f.sink.batches.empty());
  f.pipeline.availability(f.contents, Availability::Absent, "no CRD", at(3));
  CHECK(f.sink.opened);
  CHECK(f.sink.rows() == Lines{"s1 Pending→Ready"});
  CHECK(f.sink.position("volumesnapshots") == "11");
}

TEST_CASE("what was held back when another list was needed lies in that list's gap, and nothing rises by it",
          "[pipeline]") {
  Fixture f;
  f.list(f.snapshots, {}, "10", 1);
  f.deliver(EventType::Added, snapshot(1, "11"), 2);
  f.pipeline.gap(f.snapshots, {"volumesnapshots", at(2), at(3), "11", "20", objects::GapCause::Disconnected}, at(3));
  f.list(f.snapshots, {}, "20", 3);  // it ended in between
  f.list(f.contents, {}, "9", 4);
  REQUIRE(f.sink.opened);
  CHECK(f.sink.rows() == Lines{"gap disconnected epoch 1"});
  const objects::Gap gap = *f.sink.batches.front().rows.front().gap;
  CHECK(gap.first_resource_version == "10");
  CHECK(gap.since == at(1));
  CHECK(f.pipeline.stores().snapshots.size() == 0);
  CHECK(f.sink.position("volumesnapshots") == "20");
}

TEST_CASE("a duplicate, or a replay of what has ended, moves no position back and raises nothing from the dead",
          "[pipeline]") {
  Fixture f;
  f.list(f.contents, {}, "9", 1);
  f.list(f.snapshots, {snapshot(1, "5")}, "10", 1);
  f.deliver(EventType::Deleted, snapshot(1, "12"), 2);
  f.deliver(EventType::Modified, snapshot(1, "11", true), 3);
  CHECK(f.sink.rows() == Lines{"s1 Pending→Deleted"});
  CHECK(f.pipeline.stores().snapshots.size() == 0);
  CHECK(f.sink.position("volumesnapshots") == "12");
}

TEST_CASE("the first list of an empty ledger makes records, and rows only where they are asked for", "[pipeline]") {
  for (const bool asked : {false, true}) {
    Fixture f({}, asked);
    f.list(f.contents, {}, "9", 1);
    f.list(f.snapshots, {snapshot(1, "5")}, "10", 1);
    CHECK(f.sink.rows() == (asked ? Lines{"s1 -→Pending late"} : Lines{}));
    CHECK(f.sink.records() == 1);
    CHECK(f.sink.position("volumesnapshotcontents") == "9");
  }
}

TEST_CASE("what is new in the first list of a resource that was followed before happened meanwhile", "[pipeline]") {
  Fixture f({"volumesnapshots"});
  f.list(f.contents, {}, "9", 1);
  f.list(f.snapshots, {snapshot(1, "5")}, "10", 1);
  CHECK(f.sink.rows() == Lines{"s1 -→Pending late"});
}

TEST_CASE("what a list no longer names is gone, late", "[pipeline]") {
  Fixture f;
  f.list(f.contents, {}, "9", 1);
  f.list(f.snapshots, {snapshot(1, "5"), snapshot(2, "6")}, "10", 1);
  f.list(f.snapshots, {snapshot(2, "6")}, "20", 60);
  CHECK(f.sink.rows() == Lines{"s1 Pending→Deleted late"});
  CHECK(f.sink.position("volumesnapshots") == "20");
}

TEST_CASE("a duplicate and an older version change nothing, and the end of an unknown object is no row", "[pipeline]") {
  Fixture f;
  f.list(f.contents, {}, "9", 1);
  f.list(f.snapshots, {snapshot(1, "50")}, "60", 1);
  f.deliver(EventType::Modified, snapshot(1, "50", true), 2);
  f.deliver(EventType::Modified, snapshot(1, "7", true), 3);
  f.deliver(EventType::Deleted, snapshot(2, "61"), 4);
  CHECK(f.sink.rows().empty());
}

TEST_CASE("when history went back the new one's smaller versions are taken", "[pipeline]") {
  Fixture f;
  f.list(f.contents, {}, "99", 1);
  f.list(f.snapshots, {snapshot(1, "90")}, "100", 1);
  const auto rewind = [&](const Target& target, int second) {
    f.pipeline.gap(target, {target.name, at(1), at(second), "100", "70", objects::GapCause::Rewound}, at(second));
  };
  rewind(f.snapshots, 10);
  f.list(f.snapshots, {snapshot(1, "40", true)}, "70", 10);
  rewind(f.contents, 11);
  f.list(f.contents, {}, "70", 11);
  f.deliver(EventType::Deleted, snapshot(1, "71", true), 12);
  // Each stream tells of it, yet it is one new epoch.
  CHECK(f.sink.rows() ==
        Lines{"gap rewound epoch 2", "s1 Pending→Ready late", "gap rewound epoch 2", "s1 Ready→Deleted"});
  CHECK(f.sink.position("volumesnapshots") == "71");
  CHECK(f.pipeline.epoch() == 2);
}

TEST_CASE("nothing is classified from a list whose history is no more", "[pipeline]") {
  Fixture f;
  f.list(f.snapshots, {snapshot(1, "90")}, "100", 1);
  f.pipeline.gap(f.snapshots, {"volumesnapshots", at(1), at(2), "100", "70", objects::GapCause::Rewound}, at(2));
  f.list(f.contents, {}, "70", 3);
  CHECK_FALSE(f.sink.opened);
  const bool comes = GENERATE(true, false);
  if (comes) {
    f.list(f.snapshots, {snapshot(2, "60")}, "70", 4);
  } else {
    f.pipeline.availability(f.snapshots, Availability::Absent, "no CRD", at(4));
  }
  CHECK(f.sink.opened);
  CHECK(f.sink.records() == (comes ? 1 : 0));
}

TEST_CASE("from the moment that history is known to have gone back no position in the old one is kept", "[pipeline]") {
  for (const bool restarted : {false, true}) {
    Fixture f(restarted ? std::set<std::string>{"volumesnapshots"} : std::set<std::string>{});
    if (!restarted) {
      f.list(f.contents, {}, "99", 1);
      f.list(f.snapshots, {snapshot(1, "90")}, "100", 1);
    }
    f.pipeline.gap(f.snapshots, {"volumesnapshots", at(1), at(2), "100", "70", objects::GapCause::Rewound}, at(2));
    CHECK(f.sink.position("volumesnapshots") == "70");
  }
}

TEST_CASE("records of what was there before wait for room, positions for them, and rows for neither", "[pipeline]") {
  Fixture f;
  f.sink.room = 0;
  f.list(f.contents, {}, "9", 1);
  f.list(f.snapshots, {snapshot(1, "5"), snapshot(2, "6")}, "10", 1);
  CHECK(f.sink.opened);
  CHECK(f.sink.records() == 0);
  f.deliver(EventType::Modified, snapshot(1, "11", true), 2);
  f.deliver(EventType::Deleted, snapshot(2, "12"), 2);
  f.pipeline.bookmark(f.snapshots, "13", at(3));
  CHECK(f.sink.rows() == Lines{"s1 Pending→Ready", "s2 Pending→Deleted"});
  CHECK(f.sink.position("volumesnapshots").empty());

  const std::size_t told = f.sink.batches.size();
  f.sink.room = 10;
  f.pipeline.advance(at(4));
  REQUIRE(f.sink.batches.size() == told + 1);
  const ledger::Batch& rest = f.sink.batches.back();
  REQUIRE(rest.records.size() == 1);  // what went meanwhile has its last record already
  CHECK(rest.records[0].name == "s1");
  CHECK(rest.records[0].state == objects::State::Ready);
  CHECK(f.sink.position("volumesnapshots") == "13");
  CHECK(f.sink.position("volumesnapshotcontents") == "9");
  f.pipeline.bookmark(f.snapshots, "14", at(5));
  CHECK(f.sink.position("volumesnapshots") == "14");
}

TEST_CASE("a large cluster is recorded part by part, each object once, the positions with the last part",
          "[pipeline]") {
  Fixture f;
  std::vector<objects::Object> many;
  for (int i = 0; i < 1'234; ++i) many.emplace_back(numbered(i));
  f.list(f.contents, {}, "9", 1);
  f.list(f.snapshots, std::move(many), "10", 1);
  std::set<objects::Uid> recorded;
  for (const auto& batch : f.sink.batches) {
    CHECK(batch.records.size() <= reconcilers::Tracker::kPart);
    CHECK(batch.positions.empty() == (&batch != &f.sink.batches.back()));
    for (const auto& record : batch.records) CHECK(recorded.insert(record.uid).second);
  }
  CHECK(recorded.size() == 1'234);
}

TEST_CASE("a first start that was cut short is begun anew, and what it recorded is compared", "[pipeline]") {
  Fixture cut_short;
  cut_short.sink.room = 1;
  std::vector<objects::Object> many;
  for (int i = 0; i < 700; ++i) many.emplace_back(numbered(i));
  const auto later = [&](int changed_a, int changed_b) {
    std::vector<objects::Object> objects;
    for (int i = 0; i < 700; ++i) objects.emplace_back(numbered(i, i == changed_a || i == changed_b));
    return objects;
  };
  cut_short.list(cut_short.contents, {}, "9", 1);
  cut_short.list(cut_short.snapshots, many, "10", 1);
  REQUIRE(cut_short.sink.records() == reconcilers::Tracker::kPart);
  REQUIRE(cut_short.sink.position("volumesnapshots").empty());

  Fixture next;
  for (const auto& batch : cut_short.sink.batches) {
    for (const auto& record : batch.records) next.pipeline.restore(record);
  }
  next.list(next.contents, {}, "19", 2);
  next.list(next.snapshots, later(3, 690), "20", 2);
  CHECK(next.sink.rows() == Lines{"n1000003 Pending→Ready late"});  // of the other one nothing was known
  CHECK(next.sink.position("volumesnapshots") == "20");
  CHECK(next.sink.records() == 1 + 200);
}

TEST_CASE("what a Kubernetes Event says is handed on once, and of a claim that no chain has it is not", "[pipeline]") {
  Fixture f;
  f.list(f.contents, {}, "9", 1);
  f.list(f.snapshots, {snapshot(1, "5")}, "10", 1);
  const Target events{Kind::Event, {}, "events"};
  const auto say = [&](int number, const char* kind, int about, const char* version) {
    objects::Event event;
    event.meta.uid = uid(number);
    event.meta.resource_version = version;
    event.about_kind = objects::Symbol(kind);
    event.about.uid = uid(about);
    event.reason = objects::Symbol(kind);
    f.pipeline.delivered(events, {EventType::Modified, std::move(event)}, at(2));
  };
  objects::PersistentVolumeClaim ordinary;
  ordinary.meta.uid = uid(3);
  ordinary.meta.name = "ordinary";
  f.pipeline.delivered({Kind::PersistentVolumeClaim, {}, "persistentvolumeclaims"},
                       {EventType::Modified, std::move(ordinary)}, at(2));
  say(5, "VolumeSnapshot", 1, "11");
  say(5, "VolumeSnapshot", 1, "12");
  say(6, "PersistentVolumeClaim", 3, "13");
  say(7, "PersistentVolumeClaim", 4, "14");  // not known yet
  Lines said;
  for (const auto& batch : f.sink.batches) {
    for (const auto& event : batch.events) said.push_back(event.reason);
  }
  CHECK(said == Lines{"VolumeSnapshot", "PersistentVolumeClaim"});
  CHECK(f.sink.position("events") == "14");
}
