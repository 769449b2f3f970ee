// What the pipeline tells of Velero's Backups and Restores that finish.
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

#include "controller/pipeline.hpp"

using namespace snaptrail;
using informers::EventType;
using informers::Target;
using objects::Kind;
using objects::Symbol;

namespace {

objects::Instant at(int second) { return objects::Instant{objects::Millis{second * 1'000LL}}; }

struct Finished : controller::PipelineSink {
  std::vector<controller::FinishedOperation> operations;
  std::vector<objects::Operation> kept;
  void record(ledger::Batch batch) override {
    for (auto& operation : batch.operations) kept.push_back(std::move(operation));
  }
  void availability_changed(const Target&, informers::Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation& operation) override { operations.push_back(operation); }
  void gate_opened(objects::Instant) override {}
};

template <class T>
T velero(const std::string& name, const char* version, const char* phase) {
  T made;
  made.meta.uid =
      *objects::Uid::parse(std::string("00000000-0000-4000-8000-0000000000") + (name == "nightly-1" ? "01" : "02"));
  made.meta.ns = Symbol("velero");
  made.meta.name = name;
  made.meta.resource_version = version;
  made.phase = Symbol(phase);
  made.started = at(100);
  if (std::string_view(phase) != "InProgress") made.completed = at(160);
  return made;
}

}  // namespace

TEST_CASE("a Restore belongs to the schedule of the Backup that it is made from", "[pipeline]") {
  const Target backups{Kind::Backup, {}, "backups"}, restores{Kind::Restore, {}, "restores"};
  Finished sink;
  controller::PipelineOptions options;
  options.targets = {backups, restores};
  controller::Pipeline pipeline(std::move(options), sink);
  for (const Target& target : {backups, restores}) {
    pipeline.list_started(target, at(1));
    pipeline.list_finished(target, "1", at(1));
    pipeline.availability(target, informers::Availability::Synced, "", at(1));
  }
  const auto deliver = [&](const Target& target, auto object, int second) {
    pipeline.delivered(target, {EventType::Modified, std::move(object)}, at(second));
  };
  auto backup = velero<objects::Backup>("nightly-1", "2", "InProgress");
  backup.meta.velero.schedule = Symbol("nightly");
  deliver(backups, backup, 100);
  backup = velero<objects::Backup>("nightly-1", "3", "Completed");
  backup.meta.velero.schedule = Symbol("nightly");
  deliver(backups, backup, 161);
  for (const auto& [version, phase] : {std::pair{"4", "InProgress"}, {"5", "PartiallyFailed"}}) {
    auto restore = velero<objects::Restore>("back", version, phase);
    restore.backup_name = "nightly-1";
    deliver(restores, restore, 170);
  }
  REQUIRE(sink.operations.size() == 2);
  CHECK(sink.operations[0].schedule == "nightly");
  CHECK(sink.operations[0].duration == objects::Millis{60'000});
  CHECK(sink.operations[1].kind == Kind::Restore);
  CHECK(sink.operations[1].schedule == "nightly");
  CHECK(sink.operations[1].phase == "PartiallyFailed");
}

TEST_CASE("a Backup is kept with its batch, and one that went between two runs with how it went", "[pipeline]") {
  const Target backups{Kind::Backup, {}, "backups"};
  const auto start = [&](controller::Pipeline& pipeline, int second) {
    pipeline.list_started(backups, at(second));
    pipeline.list_finished(backups, "1", at(second));
    pipeline.availability(backups, informers::Availability::Synced, "", at(second));
  };
  controller::PipelineOptions options;
  options.targets = {backups};
  Finished first_run;
  controller::Pipeline first(options, first_run);
  start(first, 1);
  auto backup = velero<objects::Backup>("nightly-1", "3", "Completed");
  backup.expires = at(1'000);
  first.delivered(backups, {EventType::Added, backup}, at(200));
  REQUIRE(first_run.kept.size() == 1);
  CHECK(first_run.kept[0].phase == "Completed");
  CHECK_FALSE(first_run.kept[0].gone);

  Finished second_run;
  controller::Pipeline second(options, second_run);
  second.restore(first_run.kept[0]);
  start(second, 2'000);
  REQUIRE(second_run.kept.size() == 1);
  CHECK(second_run.kept[0].end == objects::OperationEnd::Expired);
  CHECK(*second_run.kept[0].gone == at(2'000));

  Finished third_run;
  controller::Pipeline third(options, third_run);
  third.restore(second_run.kept[0]);
  start(third, 3'000);
  CHECK(third_run.kept.empty());
}
