#include "serving/metrics.hpp"

#include <catch2/catch_test_macros.hpp>

#include "fakes.hpp"

using namespace snaptrail::serving;
using namespace snaptrail::serving::test;
using namespace snaptrail::objects;

namespace {

const Uid kSnapshot = *Uid::parse("11111111-1111-4111-8111-111111111111");
const Uid kContent = *Uid::parse("22222222-2222-4222-8222-222222222222");

Row row(std::int64_t millis, Kind kind, std::optional<State> from, State to) {
  Row made;
  made.at = at(millis);
  made.kind = kind;
  made.uid = kind == Kind::VolumeSnapshot ? kSnapshot : kContent;
  made.chain = kSnapshot.str();
  made.driver = "csi.example";
  made.from = from;
  made.to = to;
  return made;
}

struct Bench {
  FakeState state;
  Metrics metrics{{"1.2.3", "abc"}, state, [](Kind, const Uid&) { return std::string("gold"); }};
  void tell(const Row& one) { metrics.recorded(one, one.at + Millis(4)); }
};

}  // namespace

TEST_CASE("until synced only the daemon's own metrics are exported", "[metrics]") {
  Bench bench;
  bench.state.is_synced = false;
  bench.state.snapshot_groups = {{"a", "d", State::Ready, 1}};
  bench.tell(row(0, Kind::VolumeSnapshot, {}, State::Pending));
  const std::string before = bench.metrics.exposition();
  CHECK(count_prefix(before, "snaptrail_snapshots") == 0);
  CHECK(count_prefix(before, "snaptrail_transitions_total") == 0);
  CHECK(value_of(before, R"(snaptrail_build_info{revision="abc",version="1.2.3"})") == "1");
  CHECK(value_of(before, "snaptrail_ledger_failing") == "0");
  CHECK(count_prefix(before, "process_resident_memory_bytes") == 1);

  bench.state.is_synced = true;
  const std::string after = bench.metrics.exposition();
  CHECK(value_of(after, R"(snaptrail_snapshots{driver="d",namespace="a",state="Ready"})") == "1");
  CHECK(value_of(after, R"(snaptrail_transitions_total{kind="VolumeSnapshot",to="Pending"})") == "1");
}

TEST_CASE("a snapshot's way is counted, timed and labelled", "[metrics]") {
  Bench bench;
  bench.tell(row(0, Kind::VolumeSnapshot, {}, State::Pending));
  bench.tell(row(10, Kind::VolumeSnapshotContent, {}, State::Creating));
  Row cut = row(3'010, Kind::VolumeSnapshotContent, State::Creating, State::Ready);
  cut.snapshot_handle = "5";
  bench.tell(cut);
  bench.tell(row(3'060, Kind::VolumeSnapshot, State::Pending, State::Ready));
  const std::string text = bench.metrics.exposition();
  const std::string create = R"({driver="csi.example",phase="create",volumesnapshotclass="gold")";
  CHECK(value_of(text, "snaptrail_snapshot_phase_duration_seconds_sum" + create + "}") == "3");
  CHECK(value_of(text, "snaptrail_snapshot_phase_duration_seconds_bucket" + create + R"(,le="2.5"})") == "0");
  CHECK(value_of(text, "snaptrail_snapshot_phase_duration_seconds_bucket" + create + R"(,le="5"})") == "1");
  CHECK(value_of(text, "snaptrail_snapshot_phase_duration_seconds_bucket" + create + R"(,le="14400"})") == "1");
  CHECK(value_of(
            text,
            R"(snaptrail_snapshots_finished_total{driver="csi.example",outcome="ready",volumesnapshotclass="gold"})") ==
        "1");
  CHECK(value_of(text, R"(snaptrail_transitions_total{from="Pending",kind="VolumeSnapshot",to="Ready"})") == "1");
  CHECK(value_of(text, R"(snaptrail_event_to_recorded_seconds_bucket{le="0.0025"})") == "0");
  CHECK(value_of(text, R"(snaptrail_event_to_recorded_seconds_bucket{le="0.005"})") == "4");
}

TEST_CASE("durations have the documented bounds", "[metrics]") {
  Bench bench;
  bench.metrics.know_storage_class("d", "fast");
  std::string bounds;
  for (const std::string& line : lines_of(bench.metrics.exposition())) {
    if (!line.starts_with(R"(snaptrail_restore_phase_duration_seconds_bucket{driver="d",phase="wait")")) continue;
    const auto start = line.find("le=\"") + 4;
    bounds += line.substr(start, line.find('"', start) - start) + " ";
  }
  CHECK(bounds == "0.1 0.25 0.5 1 2.5 5 10 15 30 60 120 300 600 1200 1800 3600 7200 14400 +Inf ");
}

TEST_CASE("known label sets are there at 0 before anything happens", "[metrics]") {
  Bench bench;
  bench.metrics.know_snapshot_class("d", "gold");
  bench.metrics.know_snapshot_class("d", "gold");
  bench.metrics.know_storage_class("d", "fast");
  bench.state.informer_stats = {{.name = "volumesnapshots"}};
  const std::string text = bench.metrics.exposition();
  for (const char* series :
       {R"(snaptrail_snapshots_finished_total{driver="d",outcome="failed",volumesnapshotclass="gold"})",
        R"(snaptrail_restores_finished_total{driver="d",outcome="bound",storageclass="fast"})",
        R"(snaptrail_snapshot_deletions_total{driver="d",outcome="Leaked"})",
        R"(snaptrail_snapshot_phase_duration_seconds_count{driver="d",phase="delete",volumesnapshotclass="gold"})",
        R"(snaptrail_restore_ready_duration_seconds_count{driver="d",outcome="failed",storageclass="fast"})",
        R"(snaptrail_backup_duration_seconds_count{initiator="velero",outcome="PartiallyFailed"})",
        R"(snaptrail_transitions_total{from="Ready",kind="VolumeSnapshot",to="Broken"})",
        R"(snaptrail_transitions_total{from="Released",kind="PersistentVolume",to="Failed"})",
        R"(snaptrail_watch_gaps_total{cause="rewound",resource="volumesnapshots"})",
        R"(snaptrail_informer_events_total{resource="volumesnapshots",type="BOOKMARK"})",
        R"(snaptrail_negative_durations_total{metric="snaptrail_snapshot_phase_duration_seconds"})",
        R"(snaptrail_metric_label_sets_folded_total{metric="snaptrail_snapshots"})",
        R"(snaptrail_http_requests_total{code="503"})"}) {
    CAPTURE(series);
    CHECK(value_of(text, series) == "0");
  }
}

TEST_CASE("late rows are counted as transitions and never timed", "[metrics]") {
  Bench bench;
  bench.tell(row(0, Kind::VolumeSnapshot, {}, State::Pending));
  Row late = row(9'000, Kind::VolumeSnapshot, State::Pending, State::Ready);
  late.late = true;
  bench.tell(late);
  const std::string text = bench.metrics.exposition();
  CHECK(value_of(text, R"(snaptrail_transitions_total{from="Pending",kind="VolumeSnapshot",to="Ready"})") == "1");
  CHECK(count_prefix(text, "snaptrail_snapshot_ready_duration_seconds_count") == 0);
  CHECK(value_of(text, "snaptrail_event_to_recorded_seconds_count") == "1");
}

TEST_CASE("an Orphaned row, dated back, does not count as slow recording", "[metrics]") {
  Bench bench;
  bench.metrics.recorded(row(0, Kind::VolumeSnapshotContent, State::Ready, State::Orphaned), at(5'004));
  CHECK(value_of(bench.metrics.exposition(), "snaptrail_event_to_recorded_seconds_count") == "0");
}

TEST_CASE("a negative duration counts as 0 and is counted", "[metrics]") {
  Bench bench;
  bench.tell(row(50, Kind::VolumeSnapshotContent, {}, State::Pending));
  bench.tell(row(90, Kind::VolumeSnapshot, {}, State::Pending));
  bench.metrics.backup_finished("velero", "", "Completed", -3);
  const std::string text = bench.metrics.exposition();
  CHECK(value_of(text, R"(snaptrail_negative_durations_total{metric="snaptrail_snapshot_phase_duration_seconds"})") ==
        "1");
  CHECK(value_of(text, R"(snaptrail_negative_durations_total{metric="snaptrail_backup_duration_seconds"})") == "1");
  CHECK(value_of(text, R"(snaptrail_backup_duration_seconds_sum{initiator="velero",outcome="Completed"})") == "0");
}

TEST_CASE("gaps are counted by resource and cause", "[metrics]") {
  Bench bench;
  Row gap;
  gap.type = RowType::Gap;
  gap.gap = Gap{"events/PersistentVolumeClaim", at(0), at(5), "1", "9", GapCause::Expired};
  bench.tell(gap);
  const std::string text = bench.metrics.exposition();
  CHECK(value_of(text, R"(snaptrail_watch_gaps_total{cause="expired",resource="events/PersistentVolumeClaim"})") ==
        "1");
}

TEST_CASE("backups and restores are timed by schedule, and unknown phases go to other", "[metrics]") {
  Bench bench;
  bench.metrics.backup_finished("velero", "nightly", "Completed", 42);
  bench.metrics.restore_finished("velero", "", "Exploded", 7);
  const std::string text = bench.metrics.exposition();
  CHECK(
      value_of(text,
               R"(snaptrail_backup_duration_seconds_sum{initiator="velero",outcome="Completed",schedule="nightly"})") ==
      "42");
  CHECK(value_of(text, R"(snaptrail_restore_duration_seconds_sum{initiator="velero",outcome="other"})") == "7");
}

TEST_CASE("informers, ledger, epoch and HTTP server show what they are now", "[metrics]") {
  Bench bench;
  InformerStats stats{.name = "backups", .availability = Availability::Absent, .objects = 3, .modified = 8};
  stats.last_receive = at(1'700'000'000'500);
  bench.state.informer_stats = {stats};
  bench.state.ledger_health.failing = true;
  bench.state.ledger_health.queued_rows = 12;
  bench.state.epoch_now = 4;
  bench.state.http_stats.answers[404] = 6;
  bench.metrics.config_reloaded(true, at(1'700'000'000'500));
  bench.metrics.config_reloaded(false, at(1'700'000'060'000));
  const std::string text = bench.metrics.exposition();
  CHECK(value_of(text, R"(snaptrail_informer_synced{resource="backups"})") == "0");
  CHECK(value_of(text, R"(snaptrail_informer_availability{availability="absent",resource="backups"})") == "1");
  CHECK(value_of(text, R"(snaptrail_informer_availability{availability="synced",resource="backups"})") == "0");
  CHECK(value_of(text, R"(snaptrail_informer_objects{resource="backups"})") == "3");
  CHECK(value_of(text, R"(snaptrail_informer_events_total{resource="backups",type="MODIFIED"})") == "8");
  CHECK(value_of(text, R"(snaptrail_informer_last_receive_timestamp_seconds{resource="backups"})") == "1700000000.5");
  CHECK(value_of(text, "snaptrail_ledger_failing") == "1");
  CHECK(value_of(text, "snaptrail_ledger_queued_rows") == "12");
  CHECK(value_of(text, "snaptrail_epoch") == "4");
  CHECK(value_of(text, R"(snaptrail_http_requests_total{code="404"})") == "6");
  CHECK(value_of(text, "snaptrail_config_last_reload_successful") == "0");
}

TEST_CASE("what a resource's streams took and what interrupted them is exported by cause", "[metrics]") {
  using namespace snaptrail::informers;
  Bench bench;
  InformerStats stats{.name = "backups"};
  stats.traffic.bytes = 12'345;
  stats.traffic.relists[RelistCause::Expired] = 2;
  stats.traffic.relists[RelistCause::Poll] = 1;
  stats.traffic.reconnects[ReconnectCause::TimedOut] = 5;
  stats.traffic.reconnects[ReconnectCause::Refused] = 6;
  stats.traffic.audits[AuditResult::Inconsistent] = 7;
  stats.traffic.malformed = 3;
  stats.traffic.oversized = 4;
  stats.traffic.last_sync = std::chrono::milliseconds{2'500};
  bench.state.informer_stats = {stats, {.name = "restores"}};
  const std::string text = bench.metrics.exposition();
  CHECK(value_of(text, R"(snaptrail_informer_received_bytes_total{resource="backups"})") == "12345");
  CHECK(value_of(text, R"(snaptrail_informer_relists_total{cause="expired",resource="backups"})") == "2");
  CHECK(value_of(text, R"(snaptrail_informer_relists_total{cause="poll",resource="backups"})") == "1");
  CHECK(value_of(text, R"(snaptrail_informer_relists_total{cause="rewound",resource="backups"})") == "0");
  CHECK(value_of(text, R"(snaptrail_informer_reconnects_total{cause="timed_out",resource="backups"})") == "5");
  CHECK(value_of(text, R"(snaptrail_informer_reconnects_total{cause="refused",resource="backups"})") == "6");
  CHECK(value_of(text, R"(snaptrail_informer_audits_total{resource="backups",result="inconsistent"})") == "7");
  CHECK(value_of(text, R"(snaptrail_informer_audits_total{resource="restores",result="consistent"})") == "0");
  CHECK(value_of(text, R"(snaptrail_informer_decode_errors_total{error="malformed",resource="backups"})") == "3");
  CHECK(value_of(text, R"(snaptrail_informer_decode_errors_total{error="oversized",resource="backups"})") == "4");
  CHECK(value_of(text, R"(snaptrail_informer_last_sync_duration_seconds{resource="backups"})") == "2.5");
  CHECK(count_prefix(text, "snaptrail_informer_last_sync_duration_seconds") ==
        1);  // the other has no complete list yet
}

TEST_CASE("orphans and the oldest unready snapshot come from the stores at each scrape", "[metrics]") {
  Bench bench;
  bench.state.orphan_groups = {{"d", snaptrail::objects::DeletionPolicy::Retain, "30d", 2, 1'073'741'824},
                               {"d", snaptrail::objects::DeletionPolicy::Delete, "1d", 1, 0},
                               {"", snaptrail::objects::DeletionPolicy::Retain, "older", 1, 0}};
  bench.state.oldest = {{"d", State::Uploading, at(1'700'000'000'000)}};
  std::string text = bench.metrics.exposition();
  CHECK(value_of(text, R"(snaptrail_orphaned_contents{age="30d",deletion_policy="Retain",driver="d"})") == "2");
  CHECK(value_of(text, R"(snaptrail_orphaned_contents{age="1d",deletion_policy="Delete",driver="d"})") == "1");
  CHECK(value_of(text, R"(snaptrail_orphaned_contents{age="older",deletion_policy="Retain"})") == "1");
  CHECK(value_of(text,
                 R"(snaptrail_orphaned_contents_restore_size_bytes{age="30d",deletion_policy="Retain",driver="d"})") ==
        "1073741824");
  CHECK(value_of(text, R"(snaptrail_oldest_unready_snapshot_timestamp_seconds{driver="d",state="Uploading"})") ==
        "1700000000");
  bench.state.orphan_groups.clear();
  bench.state.oldest.clear();
  text = bench.metrics.exposition();
  CHECK(count_prefix(text, "snaptrail_orphaned_contents") == 0);
  CHECK(count_prefix(text, "snaptrail_oldest_unready") == 0);
}

TEST_CASE("strangers' drivers can't flood a family: the rest goes to other and is counted", "[metrics]") {
  Bench bench;
  for (int i = 0; i < 3'000; ++i) {
    Row gone = row(i, Kind::VolumeSnapshotContent, State::Deleting, State::Deleted);
    gone.driver = "driver-" + std::to_string(i);
    gone.outcome = Outcome::Leaked;
    bench.tell(gone);
  }
  const std::string text = bench.metrics.exposition();
  CHECK(count_prefix(text, "snaptrail_snapshot_deletions_total{") == 2'001);
  CHECK(value_of(text, R"(snaptrail_snapshot_deletions_total{driver="other",outcome="Leaked"})") == "1000");
  CHECK(value_of(text, R"(snaptrail_metric_label_sets_folded_total{metric="snaptrail_snapshot_deletions_total"})") ==
        "1000");
}
