#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "objects/recent_by_uid.hpp"
#include "objects/row.hpp"
#include "reconcilers/cluster_view.hpp"
#include "reconcilers/orphan_timers.hpp"
#include "reconcilers/relation_index.hpp"
#include "reconcilers/relations.hpp"
#include "reconcilers/states.hpp"

namespace snaptrail::reconcilers {

/// When a change was observed, and how.
struct Observed {
  objects::Instant at;
  bool late = false;  ///< found by a list instead of seen happening
};

/// What a change leads to: rows in their order, and the record of every object that got a row. cluster, epoch
/// and seq of the rows are the caller's to fill in.
struct Output {
  std::vector<objects::Row> rows;
  std::vector<objects::ObjectRecord> records;
};

/// The state machine of the whole cluster (docs/states.md): takes changes one by one, in the order of delivery, after the
/// stores have taken them in, and says what rows they make. Pure: no I/O, no clock, no log.
/// One thread. The view must outlive it.
class Tracker {
 public:
  explicit Tracker(const ClusterView& view);
  ~Tracker();

  /// Hands over what the ledger recorded of an object in an earlier run; before open().
  void restore(objects::ObjectRecord record);

  /// The gate opens: every object in the view gets its first row (`from` null) or, where it was restored, a row if it
  /// changed meanwhile; restored ones that are gone are Deleted. Kubernetes events about claims that
  /// were there from the start have been given to event() before, the latest last.
  ///
  /// `take`, if there is one, is called whenever kPart records have come together; it empties `out`, so that a large
  /// cluster is never there a second time as rows. All of an object's rows and its record are in one part.
  void open(objects::Instant at, Output& out, const std::function<void(Output& out)>& take = {});
  static constexpr std::size_t kPart = 500;
  /// Claims not known yet of which an error is kept; beyond that the error that came first goes.
  static constexpr std::size_t kMostEarlyErrors = 10'000;
  bool is_open() const { return open_; }

  /// An object appeared (`previous` null) or changed.
  void changed(const objects::VolumeSnapshot* previous, const objects::VolumeSnapshot& current, Observed seen,
               Output& out);
  void changed(const objects::VolumeSnapshotContent* previous, const objects::VolumeSnapshotContent& current,
               Observed seen, Output& out);
  void changed(const objects::PersistentVolumeClaim* previous, const objects::PersistentVolumeClaim& current,
               Observed seen, Output& out);
  void changed(const objects::PersistentVolume* previous, const objects::PersistentVolume& current, Observed seen,
               Output& out);
  /// An object is gone; `last` is its last version (its deletion's resourceVersion), no longer in the view.
  void gone(const objects::VolumeSnapshot& last, Observed seen, Output& out);
  void gone(const objects::VolumeSnapshotContent& last, Observed seen, Output& out);
  void gone(const objects::PersistentVolumeClaim& last, Observed seen, Output& out);
  void gone(const objects::PersistentVolume& last, Observed seen, Output& out);
  /// An object can be seen no more, and may go on existing: no row is made, and what is known of it is kept, as if it had been
  /// handed over by restore(). `last` is still in the view.
  void out_of_sight(const objects::VolumeSnapshot& last);
  void out_of_sight(const objects::VolumeSnapshotContent& last);
  void out_of_sight(const objects::PersistentVolumeClaim& last);
  void out_of_sight(const objects::PersistentVolume& last);
  /// A StorageClass appeared, changed or went.
  void storage_class_changed(const objects::StorageClass& storage_class, Observed seen, Output& out);
  /// A Kubernetes event appeared or changed. Deleted ones are of no concern.
  void event(const objects::Event& event, Observed seen, Output& out);
  /// A kind became synced, in one namespace or all, after the gate had opened without it; its objects have been given to changed().
  void kind_synced(objects::Kind kind, objects::Instant at, Output& out);

  /// The next moment at which fire_timers() has something to do.
  std::optional<objects::Instant> next_timer() const { return orphans_.next(); }
  /// Fires what is due at `now`; to be called before anything that happens later is taken in.
  void fire_timers(objects::Instant now, Output& out);

  /// The records of all live objects as they are now, for `status`.
  std::vector<objects::ObjectRecord> records() const;
  /// The record of a live object as it is now; nullopt for one that is gone, or of a kind that has no states.
  std::optional<objects::ObjectRecord> record(objects::Kind kind, const objects::Uid& uid) const;
  /// The last recorded state of a live object; nullopt if it has none.
  std::optional<objects::State> state(const objects::Uid& uid) const;
  /// When that state began.
  std::optional<objects::Instant> state_since(const objects::Uid& uid) const;
  /// A live object's state.
  struct Sight {
    objects::State state = objects::State::Pending;
    objects::Instant since;
    objects::Instant first_seen;
    bool from_list = false;  ///< a list told of it first, so it may have been there for long
  };
  std::optional<Sight> sight(const objects::Uid& uid) const;
  /// Who refers to whom, and what related objects said. Valid as long as the tracker.
  const RelationIndex& index() const { return index_; }
  const RelationFinder& relations() const { return relations_; }
  /// Moves that docs/states.md does not call ordinary, since the start.
  std::uint64_t surprising_moves() const { return surprising_moves_; }

 private:
  struct HeldError {
    std::string message;
    objects::MaybeInstant at;
  };
  /// Of a claim restored from a snapshot.
  struct RestoreMemory {
    std::optional<SourceCondition> source;
    objects::Uid source_uid;
    std::optional<HeldError> error;
  };
  struct Memory {
    objects::State state = objects::State::Pending;
    objects::Ready ready = objects::Ready::Nil;
    bool was_ready = false;
    bool orphaned = false;
    bool handle_cleared = false;
    bool from_list = false;  ///< first seen in a list
    objects::Instant first_seen;
    objects::Instant since;
    std::unique_ptr<RestoreMemory> restore;
  };
  /// What facts compare a version with.
  struct Before {
    objects::DeletionPolicy policy = objects::DeletionPolicy::None;
    std::string handle;
    std::vector<std::string> finalizers;
    std::string error;
  };
  /// One observation of one object on its way to rows.
  struct Observation {
    Observed seen;
    const objects::Meta* previous = nullptr;  ///< null at first sight and after a restart
    std::optional<Before> before;
    std::optional<objects::Cause> cause;
    std::optional<objects::Instant> api_time;  ///< where a field of the object dates its state
    std::string message;                       ///< goes with a transition
  };
  /// A deleted snapshot whose content still stands.
  struct PendingOutcome {
    objects::Row row;
    objects::ObjectRecord record;
  };

  // Each makes the object's own rows; cause tells of the other object that made it necessary.
  void classify(const objects::VolumeSnapshot* previous, const objects::VolumeSnapshot& current, Observed seen,
                Output& out);
  void classify(const objects::VolumeSnapshotContent* previous, const objects::VolumeSnapshotContent& current,
                Observed seen, std::optional<objects::Cause> cause, Output& out);
  void classify(const objects::PersistentVolumeClaim* previous, const objects::PersistentVolumeClaim& current,
                Observed seen, std::optional<objects::Cause> cause, Output& out);
  void classify(const objects::PersistentVolume* previous, const objects::PersistentVolume& current, Observed seen,
                Output& out);

  template <class T>
  void record_state(const T& object, Memory& memory, bool first, objects::State state,
                    std::optional<objects::Ready> ready, const Before& now, const Observation& observation,
                    Output& out);
  template <class T>
  void record_facts(const T& object, const Memory& memory, bool moved, const Before& now,
                    const Observation& observation, objects::Row row, Output& out);
  template <class T>
  objects::Row make_row(const T& object, const Relations& relations, Observed seen) const;
  template <class T>
  objects::ObjectRecord make_record(const T& object, const Memory& memory, const Relations& relations) const;
  template <class T>
  void record_end(const T& last, std::optional<objects::Ready> ready, std::optional<objects::Outcome> outcome,
                  bool outcome_pending, Observed seen, Output& out);
  /// Memory of an object, made from its record after a restart. `first` tells whether it is new to the ledger,
  /// `before` gets what the record knows where `previous` is null.
  Memory& memory_of(const objects::Meta& meta, Observed seen, bool& first, std::optional<Before>& before);
  Memory recall(const objects::ObjectRecord& record);

  std::optional<objects::Outcome> outcome_at_end(const objects::VolumeSnapshot& last, bool late) const;
  objects::Outcome outcome_at_end(const objects::VolumeSnapshotContent& last, bool late) const;
  void settle_outcomes(const objects::VolumeSnapshotContent& content, objects::Outcome outcome, Observed seen,
                       Output& out);

  void remember_for_snapshots(const objects::VolumeSnapshotContent& last, objects::Outcome outcome);
  void remember_for_relatives(const objects::VolumeSnapshot& last);
  void remember_for_relatives(const objects::PersistentVolumeClaim& last);
  void remember_for_relatives(const objects::PersistentVolume& last);
  void remember(const objects::Uid& who, const Relations& what);

  void watch_for_orphan(const objects::VolumeSnapshotContent& content, Observed seen, std::string snapshot_rv);
  void reclassify_restores_of(const objects::VolumeSnapshot& source, Observed seen, Output& out);
  void reclassify_unknown_sources(objects::Instant at, Output& out);
  template <class T>
  void put_away(const T& last);
  std::vector<objects::Held<objects::PersistentVolumeClaim>> sorted_claims(const std::vector<objects::Uid>& uids) const;
  SourceCondition source_condition(const objects::PersistentVolumeClaim& claim, objects::Uid& uid) const;
  void end_vanished(objects::Kind kind, objects::Instant at, Output& out);
  void end_record(const objects::ObjectRecord& record, objects::Instant at, Output& out);
  void settle_orphaned_outcomes(objects::Instant at, Output& out);

  const ClusterView& view_;
  RelationIndex index_;
  RelationMemory relation_memory_;
  RelationFinder relations_;
  std::unordered_map<objects::Uid, Memory> memory_;
  std::unordered_map<objects::Uid, objects::ObjectRecord> restored_;
  /// Claims and events come on streams of their own: the claim may still be on its way. It may also never come.
  objects::RecentByUid<HeldError> errors_of_unknown_claims_{kMostEarlyErrors};
  std::unordered_map<objects::Uid, objects::Outcome> content_outcomes_;  ///< by the VolumeSnapshot that outlives it
  std::unordered_map<objects::Uid, std::vector<PendingOutcome>> pending_outcomes_;  ///< by content
  OrphanTimers orphans_{kOrphanDelay};
  std::uint64_t surprising_moves_ = 0;
  bool open_ = false;
};

}  // namespace snaptrail::reconcilers
