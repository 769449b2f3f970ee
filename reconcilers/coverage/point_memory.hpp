#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "objects/row.hpp"
#include "objects/types.hpp"
#include "reconcilers/cluster_view.hpp"
#include "reconcilers/coverage/point.hpp"
#include "reconcilers/handle_key.hpp"

namespace snaptrail::reconcilers {

/// The points of all volumes that the backend keeps, by what the ledger's records say: of earlier runs and of this one,
/// read by the same function. The objects may be gone: a handle counts until something says that it ended. No clock of its
/// own. One thread.
class PointMemory {
 public:
  struct Kept {
    RecoveryPoint point;
    objects::Instant seen;  ///< when its content was last heard of
    bool has_ended = false;
    PointEnd end = PointEnd::Destroyed;
    objects::Instant ended_at;
  };

  /// A record of the ledger (before open(), in any order), or one that was made just now.
  void recorded(const objects::ObjectRecord& record);
  /// What the ledger keeps of a Backup or a copy; in any order, too. What went with a Backup, or copies that are gone, count no more.
  void recorded(const objects::Operation& operation);
  /// A window in which changes of contents may have been missed; others are of no concern.
  void gap(const objects::Gap& gap);
  /// All records of earlier runs have been told, and the lists of what is there. `cluster` must outlive it.
  void open(const ClusterView& cluster);

  /// The members of a group are cut as one, and their contents name no volume: the group's does.
  void changed(const objects::VolumeGroupSnapshotContent& group, objects::Instant at);
  // What is gone; its last version.
  void gone(const objects::VolumeGroupSnapshotContent& last, objects::Instant at);
  /// What has ended is told of a volume that is there: of one that went only the points are kept.
  void gone(const objects::PersistentVolume& last, objects::Instant at);
  void gone(const objects::PersistentVolumeClaim& last, objects::Instant at);

  /// Whether that handle was seen to become ready from a cut, whatever objects have told of it since, and isn't known to be destroyed:
  /// verified (docs/states.md).
  bool was_cut(std::string_view driver, std::string_view handle) const;
  /// The points of a volume that are known, ended ones among them; none for a volume that nobody told of.
  std::vector<Kept> of_volume(std::string_view driver, std::string_view volume_handle) const;
  /// Whether one of them, even an ended one, is of a Backup of that name.
  bool has_of(std::string_view driver, std::string_view volume_handle, std::string_view backup) const;
  /// The copies of a claim (by its name) that were seen to go; the newest few.
  const std::vector<EndedPoint>& gone_copies(std::string_view ns, std::string_view claim) const;
  /// The end of the last window of at least kHole in which contents were not watched. None: there was none.
  objects::MaybeInstant last_hole() const { return last_hole_; }

  /// A shorter window hides what was cut, ready and gone wholly within it: the price of not beginning to watch anew with
  /// every restart of the daemon or of an API server.
  static constexpr objects::Millis kHole{10 * 60'000};
  /// Kept of a volume: the newest so many that live, and ended ones.
  static constexpr std::size_t kMostLive = 1'000;
  static constexpr std::size_t kMostEnded = 8;

 private:
  /// A Kept of kind Snapshot: each handle in the cluster has one.
  struct Stored {
    std::string handle;
    objects::Instant cut;
    objects::Instant seen;
    objects::Instant ended_at;
    objects::Symbol backup;
    PointEnd end = PointEnd::Destroyed;
    bool has_ended = false;

    void finish(PointEnd how, objects::Instant at) { has_ended = true, end = how, ended_at = at; }
  };
  struct Volume {
    std::vector<Stored> points;
    objects::Symbol driver;
    bool gone = false;  ///< its PersistentVolume was seen to go
  };
  struct Loss {
    PointEnd end = PointEnd::Destroyed;
    objects::Instant at;
  };

  void add(const std::string& driver, std::string_view volume_handle, Stored point);
  void lose(std::string_view driver, std::string_view handle, PointEnd end, objects::Instant at);
  void prune(Volume& volume);
  void forget_if_over(HandleKey volume);
  void end_points_of(const objects::Operation& backup);
  void add_gone_copy(const objects::Operation& copy);

  boost::unordered_flat_map<HandleKey, Volume> volumes_;       ///< by volumeHandle
  boost::unordered_flat_map<HandleKey, HandleKey> volume_of_;  ///< by snapshotHandle: the key of volumes_
  std::unordered_map<HandleKey, Loss> losses_;                 ///< before open(): of handles that nobody told of yet
  std::map<std::string, std::vector<EndedPoint>> copies_;      ///< by namespace and claim
  std::vector<objects::Operation> ended_backups_;              ///< before open()
  objects::MaybeInstant last_hole_;
  const ClusterView* cluster_ = nullptr;  ///< from open() on
};

}  // namespace snaptrail::reconcilers
