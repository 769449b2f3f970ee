#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

#include "controller/pipeline.hpp"

/// How findings become rows: each beginning and end once, across restarts too.
using namespace snaptrail;
using informers::Availability;
using informers::EventType;
using informers::Target;
using objects::Kind;

namespace {

const objects::Uid kUid = *objects::Uid::parse("00000000-0000-4000-8000-000000000001");
const objects::Symbol kShop("shop");

objects::Instant at(int second) { return objects::Instant{objects::Millis{second * 1000LL}}; }

/// A snapshot whose class doesn't exist, as snapshot-controller says it.
objects::VolumeSnapshot without_class(const std::string& resource_version) {
  objects::VolumeSnapshot snapshot;
  snapshot.meta.uid = kUid;
  snapshot.meta.ns = kShop;
  snapshot.meta.name = "s";
  snapshot.meta.resource_version = resource_version;
  snapshot.meta.created = at(0);
  snapshot.class_name = objects::Symbol("gone");
  snapshot.source_claim = "data";
  snapshot.error = {true,
                    "Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io \"gone\" not "
                    "found",
                    at(1)};
  return snapshot;
}

struct Sink : controller::PipelineSink {
  std::vector<objects::Row> findings;

  void record(ledger::Batch batch) override {
    for (auto& row : batch.rows) {
      if (row.type == objects::RowType::Finding) findings.push_back(std::move(row));
    }
  }
  void availability_changed(const Target&, Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation&) override {}
  void gate_opened(objects::Instant) override {}

  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    for (const auto& row : findings) {
      lines.push_back(std::string(to_string(row.finding->event)) + ' ' + row.reason + ' ' + row.name +
                      (row.late ? " late" : "") + (row.finding->baseline ? " baseline" : ""));
    }
    return lines;
  }
};

using Lines = std::vector<std::string>;

/// One run of the daemon over VolumeSnapshots and their classes.
struct Run {
  std::vector<Target> targets{{Kind::VolumeSnapshot, {}, "volumesnapshots"},
                              {Kind::VolumeSnapshotClass, {}, "volumesnapshotclasses"}};
  Sink sink;
  controller::Pipeline pipeline;

  explicit Run(bool first_start = true) : pipeline(options(first_start), sink) {}

  controller::PipelineOptions options(bool first_start) const {
    controller::PipelineOptions options;
    options.cluster = "c";
    options.targets = targets;
    options.first_start = first_start;
    return options;
  }
  void sync(std::vector<objects::VolumeSnapshot> snapshots, int second) {
    for (const auto& target : targets) {
      pipeline.list_started(target, at(second));
      if (target.kind == Kind::VolumeSnapshot) {
        for (auto& snapshot : snapshots) pipeline.listed(target, std::move(snapshot), at(second));
      }
      pipeline.list_finished(target, "10", at(second));
      pipeline.availability(target, Availability::Synced, "", at(second));
    }
    pipeline.advance(at(second + 1));
  }
  void deliver(EventType type, objects::VolumeSnapshot snapshot, int second) {
    pipeline.delivered(targets[0], {type, std::move(snapshot)}, at(second));
    pipeline.advance(at(second + 20));
  }
};

}  // namespace

TEST_CASE("a finding's beginning is a row with evidence and fix, and its end another", "[diagnosis]") {
  Run run;
  run.sync({}, 1);
  run.deliver(EventType::Added, without_class("11"), 60);
  REQUIRE(run.sink.told() == Lines{"began SnapshotClassNotFound s"});
  const auto& began = run.sink.findings.front();
  CHECK(began.ns == "shop");
  CHECK(began.uid == kUid);
  CHECK(began.chain == kUid.str());
  CHECK(began.to == objects::State::Error);
  CHECK(began.finding->detail.find("\"evidence\":[{") != std::string::npos);
  CHECK(began.finding->detail.find("kubectl") != std::string::npos);
  run.deliver(EventType::Deleted, without_class("12"), 90);
  REQUIRE(run.sink.told() == Lines{"began SnapshotClassNotFound s", "ended SnapshotClassNotFound s"});
  CHECK(run.sink.findings.back().chain == kUid.str());
  CHECK(run.sink.findings.back().at >= at(90));
}

TEST_CASE("what the very first start finds is the baseline", "[diagnosis]") {
  Run run;
  run.sync({without_class("5")}, 60);
  CHECK(run.sink.told() == Lines{"began SnapshotClassNotFound s baseline"});
}

TEST_CASE("a restart begins no finding again that still stands", "[diagnosis]") {
  Run first;
  first.sync({}, 1);
  first.deliver(EventType::Added, without_class("11"), 60);
  REQUIRE(first.sink.findings.size() == 1);
  Run second(false);
  second.pipeline.diagnosis().restore(first.sink.findings.front());
  second.sync({without_class("11")}, 300);
  CHECK(second.sink.told().empty());
  CHECK(second.pipeline.findings().size() == 1);
  second.deliver(EventType::Deleted, without_class("12"), 400);
  CHECK(second.sink.told() == Lines{"ended SnapshotClassNotFound s"});
}

TEST_CASE("the baseline is still the baseline after a restart, also to the metrics, and begins no row again",
          "[diagnosis]") {
  Run first;
  first.sync({without_class("5")}, 60);
  REQUIRE(first.sink.told() == Lines{"began SnapshotClassNotFound s baseline"});
  Run second(false);
  second.pipeline.diagnosis().restore(first.sink.findings.front());
  second.sync({without_class("5")}, 300);
  CHECK(second.sink.told().empty());
  // What the gauges are made from.
  const auto standing = second.pipeline.findings().all();
  REQUIRE(standing.size() == 1);
  CHECK(standing[0]->baseline);
  second.deliver(EventType::Deleted, without_class("12"), 400);
  CHECK(second.sink.told() == Lines{"ended SnapshotClassNotFound s baseline"});
}

TEST_CASE("a standing finding that was no baseline is none after a restart", "[diagnosis]") {
  Run first;
  first.sync({}, 1);
  first.deliver(EventType::Added, without_class("11"), 60);
  REQUIRE(first.sink.findings.size() == 1);
  Run second(false);
  second.pipeline.diagnosis().restore(first.sink.findings.front());
  second.sync({without_class("11")}, 300);
  const auto standing = second.pipeline.findings().all();
  REQUIRE(standing.size() == 1);
  CHECK_FALSE(standing[0]->baseline);
}

TEST_CASE("a finding whose cause went while nobody looked ends late", "[diagnosis]") {
  Run first;
  first.sync({}, 1);
  first.deliver(EventType::Added, without_class("11"), 60);
  REQUIRE(first.sink.findings.size() == 1);
  Run second(false);
  second.pipeline.diagnosis().restore(first.sink.findings.front());
  second.sync({}, 300);
  CHECK(second.sink.told() == Lines{"ended SnapshotClassNotFound s late"});
}

TEST_CASE("other limits are held against what waits already, both ways", "[diagnosis]") {
  Run run;
  run.sync({}, 1);
  objects::VolumeSnapshot waiting = without_class("11");
  waiting.error = {};
  waiting.class_name = objects::Symbol("");
  reconcilers::Thresholds patient, hasty;
  patient.global.at(static_cast<std::size_t>(reconcilers::Phase::Binding)) = std::chrono::hours(1);
  hasty.global.at(static_cast<std::size_t>(reconcilers::Phase::Binding)) = std::chrono::seconds(1);
  run.pipeline.set_thresholds(patient, at(2));
  run.deliver(EventType::Added, waiting, 60);
  run.pipeline.advance(at(600));
  const auto stuck = [&run] {
    std::size_t count = 0;
    for (const auto* finding : run.pipeline.findings().all()) {
      count += finding->category == reconcilers::Category::Stuck ? 1 : 0;
    }
    return count;
  };
  CHECK(stuck() == 0);
  run.pipeline.set_thresholds(hasty, at(610));
  run.pipeline.advance(at(611));
  CHECK(stuck() == 1);
  run.pipeline.set_thresholds(patient, at(620));
  run.pipeline.advance(at(640));
  CHECK(stuck() == 0);
}
