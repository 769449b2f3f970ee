#pragma once

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "ledger/ledger.hpp"

/// A ledger in a folder of its own that holds a backup's snapshot, its restore, and what is wrong with others.
namespace snaptrail::serving::test {

class FilledLedger {
 public:
  FilledLedger() : folder_(made_folder()), ledger(folder_ / "ledger.db", ledger::Ledger::Mode::ReadWrite) {
    ledger::Batch batch;
    backup(batch);
    restore(batch);
    failing(batch);
    ledger.commit(batch);
  }
  ~FilledLedger() { std::filesystem::remove_all(folder_); }
  FilledLedger(const FilledLedger&) = delete;
  FilledLedger& operator=(const FilledLedger&) = delete;

  std::filesystem::path file() const { return folder_ / "ledger.db"; }

  static objects::Uid uid(int number) {
    return *objects::Uid::parse("00000000-0000-0000-0000-" + std::to_string(100000000000 + number));
  }
  static objects::Instant second(int number) {
    return objects::Instant(objects::Millis(1'700'000'000'000 + 1'000LL * number));
  }

 private:
  using Kind = objects::Kind;
  using State = objects::State;

  static std::filesystem::path made_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "snaptrail-api-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }

  static objects::ObjectRecord record(int number, Kind kind, std::string ns, std::string name, State state, int since) {
    objects::ObjectRecord made;
    made.uid = uid(number);
    made.kind = kind;
    made.ns = std::move(ns);
    made.name = std::move(name);
    made.state = state;
    made.driver = "csi.example.com";
    made.first_seen = second(0);
    made.since = second(since);
    return made;
  }

  static objects::Row row(const objects::ObjectRecord& of, std::optional<State> from, State to, int at) {
    objects::Row made;
    made.cluster = "prod";
    made.kind = of.kind;
    made.ns = of.ns;
    made.name = of.name;
    made.uid = of.uid;
    made.driver = of.driver;
    made.chain = of.chain;
    made.claim_uid = of.claim_uid;
    made.snapshot_handle = of.snapshot_handle;
    made.volume_handle = of.volume_handle;
    made.initiator = of.initiator;
    made.from = from;
    made.to = to;
    made.at = second(at);
    return made;
  }

  /// Snapshot 1 with content 2 of claim 3 on volume 4, cut at 12, ready at 13.
  static void backup(ledger::Batch& batch) {
    auto snapshot = record(1, Kind::VolumeSnapshot, "shop", "nightly", State::Ready, 13);
    snapshot.chain = uid(1).str();
    snapshot.claim_uid = uid(3);
    snapshot.content_uid = uid(2);
    snapshot.initiator = objects::Initiator{"velero", "b1", ""};
    auto content = record(2, Kind::VolumeSnapshotContent, "", "snapcontent-1", State::Ready, 12);
    content.chain = uid(1).str();
    auto claim = record(3, Kind::PersistentVolumeClaim, "shop", "data", State::Bound, 0);
    claim.claim_uid = uid(3);
    auto volume = record(4, Kind::PersistentVolume, "", "pv-1", State::Bound, 0);
    volume.claim_uid = uid(3);
    volume.volume_handle = "vol-1";
    batch.rows.push_back(row(snapshot, std::nullopt, State::Pending, 10));
    batch.rows.back().ready = objects::ReadyChange{};
    batch.rows.push_back(row(content, std::nullopt, State::Creating, 11));
    snapshot.snapshot_handle = content.snapshot_handle = "h1";
    snapshot.ready = content.ready = objects::Ready::True;
    batch.rows.push_back(row(content, State::Creating, State::Ready, 12));
    batch.rows.back().ready = objects::ReadyChange{objects::Ready::Nil, objects::Ready::True};
    batch.rows.push_back(row(snapshot, State::Pending, State::Ready, 13));
    batch.rows.back().ready = objects::ReadyChange{objects::Ready::Nil, objects::Ready::True};
    content.volume_handle = "vol-1";
    content.cut = second(12);
    batch.records.insert(batch.records.end(), {snapshot, content, claim, volume});
    objects::EventRecord event;
    event.uid = uid(101);
    event.ns = "shop";
    event.name = "nightly";
    event.about = uid(1);
    event.warning = true;
    event.reason = "SnapshotFinalizerError";
    event.message = "try | <again>";
    event.count = 3;
    event.first = event.at = second(12);
    batch.events.push_back(event);
  }

  /// Claim 5 from the snapshot, on volume 6, bound at 22.
  static void restore(ledger::Batch& batch) {
    auto claim = record(5, Kind::PersistentVolumeClaim, "copy", "data", State::Bound, 22);
    claim.chain = uid(5).str();
    claim.claim_uid = uid(5);
    claim.snapshot_handle = "h1";
    claim.initiator = objects::Initiator{"velero", "b1", "r1"};
    auto volume = record(6, Kind::PersistentVolume, "", "pv-2", State::Bound, 21);
    volume.chain = claim.chain;
    volume.claim_uid = uid(5);
    volume.volume_handle = "vol-2";
    batch.rows.push_back(row(claim, std::nullopt, State::Requested, 20));
    batch.rows.push_back(row(volume, std::nullopt, State::Bound, 21));
    batch.rows.push_back(row(claim, State::Requested, State::Bound, 22));
    batch.records.insert(batch.records.end(), {claim, volume});
  }

  /// A snapshot that fails with a finding, one that has ended, a content that nobody has any more.
  static void failing(ledger::Batch& batch) {
    auto broken = record(7, Kind::VolumeSnapshot, "db_1", "50%", State::Error, 30);
    broken.chain = uid(7).str();
    broken.error = "no such secret";
    auto gone = record(8, Kind::VolumeSnapshot, "shop", "old", State::Deleted, 5);
    gone.chain = uid(8).str();
    gone.outcome = objects::Outcome::Retained;
    auto orphan = record(9, Kind::VolumeSnapshotContent, "", "left", State::Orphaned, 6);
    batch.records.insert(batch.records.end(), {broken, gone, orphan});
    batch.rows.push_back(row(broken, std::nullopt, State::Error, 30));
    batch.rows.back().message = "no such secret | <b>";
    for (const auto& [reason, category, severity] :
         {std::tuple{"SecretMissing", "error", "critical"}, std::tuple{"BackupTimeout", "waiting", "info"}}) {
      auto finding = row(broken, State::Error, State::Error, 31);
      finding.type = objects::RowType::Finding;
      finding.reason = reason;
      finding.finding = objects::FindingNote{
          objects::FindingEvent::Began,
          category,
          severity,
          second(30),
          false,
          R"({"summary":"a Secret is missing","evidence":[{"source":"field","what":"status.error","text":"no such secret","count":null,"at":null}],"blocking":[],"fix":{"text":"Create it","command":"kubectl get secret"},"nextTry":null})"};
      batch.rows.push_back(finding);
    }
  }

  std::filesystem::path folder_;

 public:
  ledger::Ledger ledger;
};

}  // namespace snaptrail::serving::test
