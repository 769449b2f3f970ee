#pragma once

#include <random>
#include <string>
#include <vector>

#include "patient.hpp"

/// Objects of every kind with whatever in their fields: odd, missing, or contradicting each other.
namespace snaptrail::test {

/// Chooses, by a seed.
class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed) {}

  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  bool coin() { return below(2) == 0; }
  bool rarely() { return below(6) == 0; }
  objects::MaybeInstant moment() {
    return coin() ? objects::MaybeInstant() : objects::MaybeInstant(at(below(4'000) - 1'000));
  }
  Ready readiness() { return static_cast<Ready>(below(3)); }
  std::string text() {
    static const std::vector<std::string> kTexts = {
        "",
        "rpc error: code = ",
        "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "VolumeSnapshotContent is missing",
        "cannot find default snapshot class",
        "Failed to get snapshot class with error x not found",
        "cannot get claim from snapshot",
        "provided secret is empty",
        "snapshot is busy",
        "requested volume size 1 is less than the size 2 for the source snapshot s",
        "\xff\xfe{ns}\n'",
        std::string(5'000, 'x'),
    };
    return kTexts[static_cast<std::size_t>(below(static_cast<int>(kTexts.size())))];
  }
  const char* pick(const std::vector<const char*>& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<int>(choices.size())))];
  }
  std::string name(const std::string& stem, int most = 4) { return rarely() ? "" : stem + std::to_string(below(most)); }
  objects::StatusError error() { return {coin(), text(), moment()}; }
  void meta(objects::Meta& meta, int n, const char* stem, bool namespaced) {
    meta.uid = uid(n);
    meta.name = stem + std::to_string(n % 10);
    if (namespaced) meta.ns = Symbol(rarely() ? "odd ns'" : "shop");
    meta.created = moment();
    if (rarely()) meta.deleted = at(below(2'000));
    if (rarely()) meta.velero.backup = Symbol("nightly");
    if (rarely()) meta.velero.restore = Symbol("r");
    if (rarely()) meta.gitops = Symbol("app");
    if (rarely()) meta.stuck_after = Symbol(coin() ? "1m" : "soon");
    if (coin()) meta.finalizers = {Symbol("snapshot.storage.kubernetes.io/pvc-as-source-protection"), Symbol("x")};
  }
  Symbol driver() { return Symbol(pick({"", kDriver, "other.example.com"})); }

 private:
  std::mt19937 random_;
};

inline objects::VolumeSnapshot odd_snapshot(Chaos& chaos, int n) {
  objects::VolumeSnapshot made;
  chaos.meta(made.meta, n, "snap-", true);
  if (chaos.coin()) made.source_claim = chaos.name("claim-");
  if (chaos.rarely()) made.source_content = chaos.name("content-");
  made.class_name = Symbol(chaos.coin() ? "gold" : chaos.name("class-"));
  if (chaos.coin()) made.bound_content = chaos.name("content-");
  made.ready = chaos.readiness();
  made.cut = chaos.moment();
  made.error = chaos.error();
  if (chaos.rarely()) made.group = Symbol(chaos.name("group-"));
  return made;
}

inline objects::VolumeSnapshotContent odd_content(Chaos& chaos, int n) {
  objects::VolumeSnapshotContent made;
  chaos.meta(made.meta, n, "content-", false);
  made.policy = static_cast<DeletionPolicy>(chaos.below(3));
  made.driver = chaos.driver();
  made.snapshot = {Symbol("shop"), chaos.name("snap-"), chaos.coin() ? uid(10 + chaos.below(4)) : objects::Uid()};
  if (chaos.coin()) made.source_volume_handle = "vol";
  if (chaos.rarely()) made.source_snapshot_handle = "h" + std::to_string(chaos.below(3));
  if (chaos.coin()) made.snapshot_handle = "h" + std::to_string(chaos.below(3));
  made.ready = chaos.readiness();
  made.cut = chaos.moment();
  made.error = chaos.error();
  made.being_created = chaos.coin();
  made.being_deleted = chaos.coin();
  return made;
}

inline objects::PersistentVolumeClaim odd_claim(Chaos& chaos, int n) {
  objects::PersistentVolumeClaim made;
  chaos.meta(made.meta, n, "claim-", true);
  made.storage_class = Symbol(chaos.coin() ? "fast" : chaos.name("sc-"));
  if (chaos.coin()) made.volume_name = chaos.name("pv-");
  made.phase = static_cast<ClaimPhase>(chaos.below(4));
  if (chaos.coin()) made.source = {Symbol(chaos.rarely() ? "elsewhere" : "shop"), chaos.name("snap-"), {}};
  made.provisioner = chaos.driver();
  made.selected_node = chaos.coin();
  made.applied_from_snapshot = chaos.rarely();
  return made;
}

inline objects::PersistentVolume odd_volume(Chaos& chaos, int n) {
  objects::PersistentVolume made;
  chaos.meta(made.meta, n, "pv-", false);
  made.phase = static_cast<objects::VolumePhase>(chaos.below(6));
  made.claim = {Symbol("shop"), chaos.name("claim-"), uid(30 + chaos.below(4))};
  made.driver = chaos.driver();
  made.volume_handle = "vol";
  return made;
}

inline objects::ObjectRef odd_claim_name(Chaos& chaos) {
  return {Symbol(chaos.rarely() ? "elsewhere" : "shop"), chaos.name("claim-"),
          chaos.coin() ? uid(30 + chaos.below(4)) : objects::Uid()};
}

inline Symbol odd_phase(Chaos& chaos) {
  return Symbol(chaos.pick({"", "New", "Accepted", "Prepared", "InProgress", "Completed", "PartiallyFailed", "Failed",
                            "Canceled", "Deleting", "Unavailable", "Available", "strange \x1b"}));
}

inline objects::VolumeGroupSnapshot odd_group(Chaos& chaos, int n) {
  objects::VolumeGroupSnapshot made;
  chaos.meta(made.meta, n, "group-", true);
  if (chaos.rarely()) made.source_content = chaos.name("group-content-");
  made.class_name = Symbol(chaos.name("group-class-"));
  if (chaos.coin()) made.bound_content = chaos.name("group-content-");
  made.ready = chaos.readiness();
  made.cut = chaos.moment();
  made.error = chaos.error();
  return made;
}

inline objects::VolumeGroupSnapshotContent odd_group_content(Chaos& chaos, int n) {
  objects::VolumeGroupSnapshotContent made;
  chaos.meta(made.meta, n, "group-content-", false);
  made.policy = static_cast<DeletionPolicy>(chaos.below(3));
  made.driver = chaos.driver();
  made.class_name = Symbol(chaos.name("group-class-"));
  made.group_snapshot = {Symbol("shop"), chaos.name("group-"),
                         chaos.coin() ? uid(50 + chaos.below(4)) : objects::Uid()};
  if (chaos.rarely()) made.source_group_handle = "g";
  if (chaos.coin()) made.group_handle = "g" + std::to_string(chaos.below(3));
  for (int i = chaos.below(3); i > 0; --i) {
    made.members.push_back({chaos.rarely() ? "" : "h" + std::to_string(chaos.below(3)), chaos.rarely() ? "" : "vol"});
  }
  made.ready = chaos.readiness();
  made.cut = chaos.moment();
  made.error = chaos.error();
  return made;
}

inline objects::VolumeGroupSnapshotClass odd_group_class(Chaos& chaos, int n) {
  objects::VolumeGroupSnapshotClass made;
  chaos.meta(made.meta, n, "group-class-", false);
  made.driver = chaos.driver();
  made.policy = static_cast<DeletionPolicy>(chaos.below(3));
  made.is_default = chaos.coin();
  return made;
}

inline objects::BackupStorageLocation odd_location(Chaos& chaos, int n) {
  objects::BackupStorageLocation made;
  chaos.meta(made.meta, n, "location-", true);
  made.phase = odd_phase(chaos);
  made.is_default = chaos.coin();
  made.read_only = chaos.coin();
  made.validated = chaos.moment();
  made.message = chaos.text();
  return made;
}

inline objects::ReferenceGrant odd_grant(Chaos& chaos, int n) {
  objects::ReferenceGrant made;
  chaos.meta(made.meta, n, "grant-", true);
  if (chaos.coin()) made.claim_namespaces = {Symbol(chaos.coin() ? "shop" : "elsewhere"), Symbol("")};
  made.all_snapshots = chaos.coin();
  if (chaos.coin()) made.snapshots = {chaos.name("snap-"), ""};
  return made;
}

/// A copy of data, of any of the three kinds.
template <class T>
T odd_copy(Chaos& chaos, int n) {
  T made;
  chaos.meta(made.meta, n, "copy-", true);
  if (chaos.coin()) made.meta.ns = Symbol("velero");
  made.phase = odd_phase(chaos);
  made.claim = odd_claim_name(chaos);
  if (chaos.coin()) made.snapshot_id = "copy-" + std::to_string(chaos.below(3));
  made.started = chaos.moment();
  made.completed = chaos.moment();
  made.message = chaos.text();
  return made;
}
inline objects::DataUpload odd_upload(Chaos& chaos, int n) {
  auto made = odd_copy<objects::DataUpload>(chaos, n);
  made.snapshot = chaos.name("snap-");
  made.driver = chaos.driver();
  return made;
}
inline objects::DataDownload odd_download(Chaos& chaos, int n) { return odd_copy<objects::DataDownload>(chaos, n); }
inline objects::PodVolumeBackup odd_pod_copy(Chaos& chaos, int n) {
  return odd_copy<objects::PodVolumeBackup>(chaos, n);
}

inline objects::Backup odd_backup(Chaos& chaos, int n) {
  objects::Backup made;
  chaos.meta(made.meta, n, "backup-", true);
  if (chaos.coin()) made.meta.name = "nightly";
  made.phase = odd_phase(chaos);
  made.started = chaos.moment();
  made.completed = chaos.moment();
  made.expires = chaos.moment();
  made.csi_snapshot_timeout = objects::Millis{chaos.below(3) * 1'000 - 1'000};
  if (chaos.coin()) made.included_namespaces = {Symbol(chaos.pick({"shop", "*", "", "sh?p"}))};
  if (chaos.rarely()) made.excluded_namespaces = {Symbol(chaos.pick({"shop", "*"}))};
  made.selective = chaos.rarely();
  return made;
}

inline objects::Schedule odd_schedule(Chaos& chaos, int n) {
  objects::Schedule made;
  chaos.meta(made.meta, n, "schedule-", true);
  made.phase = odd_phase(chaos);
  made.cron = chaos.text();
  made.paused = chaos.coin();
  made.last_backup = chaos.moment();
  return made;
}

inline objects::DeleteBackupRequest odd_request(Chaos& chaos, int n) {
  objects::DeleteBackupRequest made;
  chaos.meta(made.meta, n, "request-", true);
  made.backup_name = chaos.coin() ? "nightly" : chaos.name("backup-");
  made.phase = odd_phase(chaos);
  return made;
}

}  // namespace snaptrail::test
