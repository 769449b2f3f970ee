#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reconcilers/diagnosis/diagnose.hpp"
#include "reconcilers/diagnosis/trail_memory.hpp"

namespace snaptrail::reconcilers {

/// A finding began, ended, or changed: its severity, category, rank as a consequence, or what blocks. That only its
/// texts, counts and times are newer is no change.
struct FindingChange {
  enum class What : std::uint8_t { Began, Changed, Ended };
  What what = What::Began;
  objects::Instant at;
  Finding finding;  ///< as it is now; of one that ended, as it was last
};

/// Keeps the findings of the whole cluster up to date: is told what changed, looks again only at what that concerns and
/// at what time alone may have changed, and says what began, changed and ended, each once. An object without findings
/// that waits for nothing costs nothing here. Pure: the clock is an argument. One thread.
///
/// After the stores, the Tracker, the EventMemory, the TrailMemory and the PointMemory have taken a change in: changed() or gone(), then
/// evaluate() now or within a moment (changes meanwhile are looked at together); and evaluate() at next().
class FindingTracker {
 public:
  /// What it reads must outlive it.
  FindingTracker(const ClusterView& cluster, const Tracker& tracker, const EventMemory& events,
                 const TrailMemory& trail, const PointMemory& points, const Thresholds& thresholds)
      : cluster_(cluster),
        tracker_(tracker),
        events_(events),
        trail_(trail),
        points_(points),
        thresholds_(thresholds) {}

  /// A finding of the baseline that stood when an earlier run ended; before open(). It stays of the baseline if the first
  /// look finds it again; what begins later is none, whatever it was once.
  void restore_baseline(const Subject& subject, Reason reason);
  /// The gate opened: everything is looked at once. `first_start`: on an empty ledger; what is found of an object that
  /// was there then and hasn't changed since is the baseline.
  void open(objects::Instant at, bool first_start);

  /// An object of any kind appeared or changed.
  void changed(const objects::Object& current);
  template <class T>
  void changed(const T& current) {
    note_threshold(current.meta);
    if constexpr (requires { touch_relatives(current, false); }) touch_relatives(current, false);
  }
  /// An object is gone; its last version.
  void gone(const objects::Object& last);
  template <class T>
  void gone(const T& last) {
    if constexpr (requires { touch_relatives(last, true); }) touch_relatives(last, true);
  }
  /// Something about that object changed beside its version: the EventMemory took an Event about it, or time moved its
  /// state (a row without a change of the object). Any kind.
  void event_about(const objects::Uid& uid);
  /// Thresholds or a kind's availability changed: everything that isn't quiet is looked at again.
  void look_at_all();

  /// Looks at what is dirty or due.
  std::vector<FindingChange> evaluate(objects::Instant now);
  /// When evaluate() is to be called even if nothing changes; nullopt: not before the next change. In the past if
  /// something is dirty.
  std::optional<objects::Instant> next() const;

  /// The findings that stand, of one object, by rank. Valid until the next evaluate().
  std::vector<const Finding*> of(const objects::Uid& uid) const;
  /// All that stand, by kind, namespace, name and rank.
  std::vector<const Finding*> all() const;
  std::size_t size() const;
  /// Versions of objects that came with an annotation kStuckAfterAnnotation that can't be read.
  std::uint64_t malformed_thresholds() const { return malformed_thresholds_; }
  /// Subjects looked at since the start: what diagnosis costs.
  std::uint64_t looks() const { return looks_; }

  /// A finding that vanishes while its subject is still on its way, with nothing in its place, is kept that long:
  /// errors are cleared and set again at every retry.
  static constexpr objects::Millis kHysteresis{10'000};

 private:
  struct Open {
    Finding finding;
    objects::MaybeInstant vanished;
  };
  struct Entry {
    objects::Kind kind = objects::Kind::VolumeSnapshot;
    std::vector<Open> open;  ///< by rank
    objects::MaybeInstant due;
  };
  using Changes = std::vector<FindingChange>;

  void note_threshold(const objects::Meta& meta);
  void touch(objects::Kind kind, const objects::Uid& uid);
  void touch_open(objects::Kind kind);
  /// The VolumeSnapshot, its content and claims, the others of its claim that have something open (`all`: all of them),
  /// its Backup.
  void touch_family(const objects::VolumeSnapshot& snapshot, bool all);
  void touch_relatives(const objects::VolumeSnapshot& snapshot, bool gone);
  void touch_relatives(const objects::VolumeSnapshotContent& content, bool gone);
  void touch_relatives(const objects::PersistentVolumeClaim& claim, bool gone);
  void touch_relatives(const objects::PersistentVolume& volume, bool gone);
  void touch_relatives(const objects::VolumeSnapshotClass& snapshot_class, bool gone);
  void touch_relatives(const objects::StorageClass& storage_class, bool gone);
  void touch_relatives(const objects::Namespace& ns, bool gone);
  void touch_relatives(const objects::Backup& backup, bool gone);
  void touch_relatives(const objects::DeleteBackupRequest& request, bool gone);
  void touch_relatives(const objects::BackupStorageLocation& location, bool gone);
  void touch_relatives(const objects::DataUpload& upload, bool gone);
  void touch_relatives(const objects::DataDownload& download, bool gone);
  void touch_relatives(const objects::PodVolumeBackup& copy, bool gone);
  /// A data mover's copy, and the failed ones of its claim that it makes good.
  template <class T>
  void touch_copies(objects::Kind kind, const T& copy, bool gone);
  /// The snapshots of a claim, of whose volume there is one point more or less.
  void touch_snapshots_of(const objects::ObjectRef& claim);
  /// The snapshots of a Backup, and those whose volume has a point of it.
  void touch_snapshots_beside(std::string_view backup);
  void touch_relatives(const objects::VolumeGroupSnapshot& group, bool gone);
  void touch_relatives(const objects::VolumeGroupSnapshotContent& content, bool gone);
  void touch_relatives(const objects::VolumeGroupSnapshotClass& group_class, bool gone);
  void touch_relatives(const objects::ReferenceGrant& grant, bool gone);

  void look_at_everything(const DiagnosisView& view, Changes& changes);
  void look_at(const DiagnosisView& view, objects::Kind kind, const objects::Uid& uid, Changes& changes);
  void look_at_trail(objects::Instant now, Changes& changes);
  void merge(Entry& entry, Diagnosis diagnosis, bool settled, objects::Instant now, Changes& changes);
  void schedule(const objects::Uid& uid, Entry& entry, objects::MaybeInstant due);
  bool is_settled(objects::Kind kind, const objects::Uid& uid) const;
  bool is_baseline(const Finding& finding) const;

  using Key = std::tuple<objects::Uid, std::string, std::string, Reason>;  ///< uid, namespace, name
  static Key key_of(const Subject& subject, Reason reason) { return {subject.uid, subject.ns, subject.name, reason}; }

  const ClusterView& cluster_;
  const Tracker& tracker_;
  const EventMemory& events_;
  const TrailMemory& trail_;
  const PointMemory& points_;
  const Thresholds& thresholds_;
  /// Subjects with a finding, or that time alone may give one.
  std::unordered_map<objects::Uid, Entry> entries_;
  Entry trail_findings_;
  std::map<objects::Uid, objects::Kind> dirty_;
  bool all_dirty_ = false;  ///< everything that has findings, without a list of it
  std::set<std::pair<objects::Instant, objects::Uid>> due_;
  objects::MaybeInstant first_opened_;  ///< set if that was the first start of all
  std::set<Key> restored_baseline_;     ///< until the first look
  std::uint64_t looks_ = 0;
  std::uint64_t malformed_thresholds_ = 0;
};

}  // namespace snaptrail::reconcilers
