// The recordings played through decoder, stores, tracker and coverage: what could be brought back at a moment of them.
#include <catch2/catch_test_macros.hpp>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "controller/replayer.hpp"
#include "controller/views.hpp"
#include "ledger/ledger.hpp"
#include "ledger/writer.hpp"

#include "test_data_path.hpp"

using namespace snaptrail;
using reconcilers::ClaimCoverage;
using reconcilers::PointEnd;

namespace {

const std::string kRecordings = std::string(SNAPTRAIL_TEST_DATA) + "/recordings/";
const std::string kDriver = "mock.csi.example.com";

class CoveredReplay : private controller::PipelineSink {
 public:
  explicit CoveredReplay(const std::string& file) : CoveredReplay(file, {}) {}
  CoveredReplay(const std::string& file, reconcilers::RpoTargets targets) : pipeline(options(targets), *this) {
    const auto summary = informers::scan_recording(informers::RecordingReader(kRecordings + file));
    first_ = *summary.first;
    replayer_ =
        std::make_unique<controller::Replayer>(informers::RecordingReader(kRecordings + file), summary, pipeline);
  }

  /// Plays what is due until then, and says how everything stands.
  std::vector<ClaimCoverage> at_second(double second) {
    const auto now = moment(second);
    while (replayer_->due() && *replayer_->due() <= now) replayer_->step();
    pipeline.advance(now);
    return pipeline.coverage(now);
  }
  objects::Instant moment(double second) const {
    return first_ + objects::Millis{static_cast<std::int64_t>(second * 1'000)};
  }
  std::vector<ClaimCoverage> at_end() {
    objects::Instant last = first_;
    while (const auto due = replayer_->due()) {
      last = *due;
      replayer_->step();
    }
    replayer_->finish();
    return pipeline.coverage(last);
  }

  controller::Pipeline pipeline;
  std::vector<ledger::Batch> batches;

 private:
  static controller::PipelineOptions options(const reconcilers::RpoTargets& targets) {
    controller::PipelineOptions options;
    options.cluster = "recording";
    options.targets = controller::recording_targets();
    options.rows_of_first_list = true;
    options.rpo = targets;
    return options;
  }
  void record(ledger::Batch batch) override { batches.push_back(std::move(batch)); }
  void availability_changed(const informers::Target&, informers::Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation&) override {}
  void gate_opened(objects::Instant) override {}

  std::unique_ptr<controller::Replayer> replayer_;
  objects::Instant first_;
};

/// `namespace/name Status handle`, a line a claim.
std::string told(const std::vector<ClaimCoverage>& claims) {
  std::string text;
  for (const auto& claim : claims) {
    text += claim.ns + "/" + claim.name + " " + std::string(to_string(claim.status)) + " " +
            (claim.last ? claim.last->handle : "-") + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a good Velero backup covers its claim, also when its objects are gone; the restored claim begins anew",
          "[coverage][replay]") {
  CoveredReplay replay("velero-backup-restore.ndjson");
  CHECK(told(replay.at_second(4)) == "mongo-persistent/mongo Unknown -\n");
  // The content was ready at 8.0, went at 10.2, and the Backup was Completed at 10.1.
  CHECK(told(replay.at_second(9)) == "mongo-persistent/mongo Covered 5\n");
  const auto after = replay.at_second(12);
  CHECK(told(after) == "mongo-persistent/mongo Covered 5\n");
  CHECK(after[0].last->backup == "full-backup");
  CHECK_FALSE(after[0].skipped);
  const auto end = replay.at_end();
  CHECK(told(end) == "mongo-persistent/mongo Unknown -\n");
  CHECK_FALSE(end[0].skipped);
  // The volume that is gone keeps its point: the restore was made from it.
  const auto& kept = replay.pipeline.points().of_volume(kDriver, "5");
  REQUIRE(kept.size() == 1);
  CHECK_FALSE(kept[0].has_ended);
}

TEST_CASE("a scrape that asks for the sums first shows the claims that a question for them alone shows",
          "[coverage][replay]") {
  char folder[] = "/tmp/snaptrail-views-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  ledger::Writer writer(ledger::Ledger(std::filesystem::path(folder) / "ledger.db", ledger::Ledger::Mode::ReadWrite),
                        {}, {}, {});
  std::size_t shown = 0;
  for (const char* file : {"velero-backup-restore.ndjson", "hazards.ndjson"}) {
    CoveredReplay replay(file);
    for (int second = 0; second < 40; second += 4) {
      const std::string expected = told(replay.at_second(second));
      const auto now = [&] { return replay.moment(second); };
      const controller::Views views({replay.pipeline, writer, {}, now});
      const controller::Views asked_for_claims({replay.pipeline, writer, {}, now});
      std::uint64_t violations = 0;
      for (const auto& group : views.coverage_groups()) violations += group.violations;
      CHECK(told(views.coverage()) == expected);
      CHECK(views.claim_count() == views.coverage().size());
      CHECK(told(asked_for_claims.coverage()) == expected);
      CHECK(static_cast<std::size_t>(std::ranges::count_if(views.coverage(), [](const ClaimCoverage& claim) {
              return is_violation(claim.status);
            })) == violations);
      shown += views.claim_count();
    }
  }
  CHECK(shown > 0);
  writer.stop(std::chrono::milliseconds(0));
  std::filesystem::remove_all(folder);
}

TEST_CASE("what the ledger keeps of that backup is a point for the daemon that comes after", "[coverage][replay]") {
  char folder[] = "/tmp/snaptrail-coverage-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::filesystem::path file = std::filesystem::path(folder) / "ledger.db";
  objects::Instant cut;
  {
    CoveredReplay replay("velero-backup-restore.ndjson");
    cut = replay.at_second(12)[0].last->cut;
    replay.at_end();
    ledger::Ledger ledger(file, ledger::Ledger::Mode::ReadWrite);
    ledger.commit(replay.batches);
  }
  reconcilers::PointMemory points;
  const ledger::Ledger ledger(file, ledger::Ledger::Mode::ReadOnly);
  ledger.for_each_record(true, [&](const objects::ObjectRecord& record) { points.recorded(record); });
  const controller::ClusterStores nothing;
  points.open(nothing);
  const auto& kept = points.of_volume(kDriver, "5");
  REQUIRE(kept.size() == 1);
  CHECK_FALSE(kept[0].has_ended);
  CHECK(kept[0].point.cut == cut);
  CHECK(kept[0].point.handle == "5");
  CHECK(kept[0].point.backup == "full-backup");
  std::filesystem::remove_all(folder);
}

TEST_CASE("of two snapshots of a deleted namespace the one of policy Delete is lost and the other one stays",
          "[coverage][replay]") {
  CoveredReplay replay("hazards.ndjson");
  const auto before = replay.at_second(18);
  CHECK(told(before) == "mongo-persistent/mongo Covered 8\n");
  CHECK(before[0].points == 2);
  // Three Backups were Completed before the daemon looked for the first time: they accuse nobody.
  CHECK_FALSE(before[0].skipped);
  CHECK(replay.at_end().empty());
  const auto& volume = replay.pipeline.points().of_volume(kDriver, "9");
  REQUIRE(volume.size() == 2);
  for (const auto& kept : volume) {
    CAPTURE(kept.point.handle);
    CHECK(kept.has_ended == (kept.point.handle == "7"));
    if (kept.has_ended) CHECK(kept.end == PointEnd::Destroyed);
  }
}

TEST_CASE("at the end of the night twelve claims are covered, and of three nothing is proven", "[coverage][replay]") {
  CoveredReplay replay("night.ndjson.gz");
  const auto end = replay.at_end();
  // auth-keycloak's snapshot was never cut, metrics-thanos' has another driver's class, mongo-persistent was restored.
  // mail-dovecot is gone, and wiki-mariadb's and queue-kafka's restores were never bound.
  CHECK(told(end) ==
        "auth-keycloak/db Unknown -\n"
        "ci-cache/cache Covered 14\n"
        "crm-postgres/data Covered 5\n"
        "crm-postgres/wal Covered 6\n"
        "git-gitea/repos Covered 15\n"
        "logs-elastic/data-es-0 Covered 16\n"
        "logs-elastic/data-es-1 Covered 17\n"
        "logs-elastic/data-es-2 Covered 18\n"
        "metrics-thanos/store Unknown -\n"
        "mongo-persistent/mongo Unknown -\n"
        "queue-kafka/data-kafka-0 Covered 10\n"
        "queue-kafka/data-kafka-1 Covered 11\n"
        "queue-kafka/data-kafka-2 Covered 12\n"
        "shop-mysql/data-mysql-0 Covered 7\n"
        "shop-mysql/data-mysql-1 Covered 8\n");
  for (const auto& claim : end) {
    CAPTURE(claim.ns, claim.name);
    CHECK_FALSE(claim.skipped);
  }
}

TEST_CASE("with a target of two minutes the night proves what its backups left without protection",
          "[coverage][replay]") {
  reconcilers::RpoTargets targets;
  targets.standard = objects::Millis{120'000};
  CoveredReplay replay("night.ndjson.gz", targets);
  const auto end = replay.at_end();
  std::string violated;
  for (const auto& claim : end) {
    if (is_violation(claim.status))
      violated += claim.ns + "/" + claim.name + " " + std::string(to_string(claim.status)) + "\n";
  }
  // Cut two minutes and more before the end: those of nightly-apps, and the hourly ones.
  CHECK(violated ==
        "auth-keycloak/db Never\n"
        "crm-postgres/data Missed\n"
        "crm-postgres/wal Missed\n"
        "metrics-thanos/store Never\n"
        "queue-kafka/data-kafka-0 Missed\n"
        "queue-kafka/data-kafka-1 Missed\n"
        "queue-kafka/data-kafka-2 Missed\n"
        "shop-mysql/data-mysql-0 Missed\n"
        "shop-mysql/data-mysql-1 Missed\n");
}
