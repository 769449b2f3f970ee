#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "objects/row.hpp"

/// How long each step of a backup and of a restore took, read off the rows alone. docs/metrics.md is normative for the
/// instants at which each phase starts and ends.
namespace snaptrail::reconcilers {

enum class Measure : std::uint8_t {
  SnapshotPhase,  ///< phase: bind, create, upload, mirror, delete
  SnapshotReady,  ///< outcome: ready, failed
  RestorePhase,   ///< phase: wait, provision, bind
  RestoreReady,   ///< outcome: bound, failed
};

struct PhaseDuration {
  Measure measure = Measure::SnapshotPhase;
  std::string_view step;     ///< the phase, or the outcome: a literal
  std::string driver;        ///< may be empty: unknown
  std::string class_name;    ///< VolumeSnapshotClass or StorageClass; may be empty
  objects::Millis length{};  ///< never negative
  bool clamped = false;      ///< the end was observed before the start
};

enum class PhaseEnd : std::uint8_t {
  SnapshotFinished,  ///< outcome: ready, failed
  RestoreFinished,   ///< outcome: bound, failed
  SnapshotDeleted,   ///< outcome: those of docs/states.md
};

struct PhaseCount {
  PhaseEnd end = PhaseEnd::SnapshotFinished;
  std::string_view outcome;  ///< a literal
  std::string driver;
  std::string class_name;
};

struct PhaseResults {
  std::vector<PhaseDuration> durations;
  std::vector<PhaseCount> counts;
};

/// The class of an object that still exists (VolumeSnapshotClass of a snapshot or content, StorageClass of a claim);
/// empty where unknown. Asked with the row's own kind and uid.
using ClassLookup = std::function<std::string(objects::Kind kind, const objects::Uid& uid)>;

/// Fed every row in the order of the ledger. Remembers only what is under way: a chain whose objects are ready or gone
/// costs nothing. Pure: the only clock is the rows' `at`. One thread at a time.
///
/// A row found by a list (`late`) has no true instant: a phase that starts or ends with one, or during which one was written
/// for the chain, yields no duration.
class PhaseClock {
 public:
  explicit PhaseClock(ClassLookup class_of) : class_of_(std::move(class_of)) {}

  PhaseResults recorded(const objects::Row& row);

  /// Chains and restores that are remembered.
  std::size_t open() const { return snapshots_.size() + restores_.size(); }

 private:
  /// An instant that is noted once: not yet, seen live, or passed unseen.
  class Mark {
   public:
    bool noted() const { return noted_; }
    bool live() const { return ordinal_ != 0; }
    objects::Instant at() const { return at_; }
    std::uint64_t ordinal() const { return ordinal_; }
    void note(objects::Instant at, std::uint64_t ordinal) { noted_ = true, at_ = at, ordinal_ = ordinal; }
    void miss() { noted_ = true; }

   private:
    bool noted_ = false;
    std::uint64_t ordinal_ = 0;
    objects::Instant at_;
  };

  struct Story {
    std::string driver;
    std::string class_name;
    std::uint64_t spoiled_until = 0;          ///< ordinal of the last late row
    std::optional<objects::Instant> expires;  ///< when it is given up if its other half does not show
  };
  struct SnapshotStory : Story {
    objects::Uid snapshot, content;
    Mark snapshot_seen, snapshot_ready;
    Mark content_seen, handle_known, content_ready, content_deleting;
    bool imported = false;     ///< pre-provisioned: nothing is cut
    bool never_ready = false;  ///< it was not Ready before Deleting
    bool snapshot_deleting = false, snapshot_gone = false;
    bool content_is_deleting = false, content_gone = false;
    bool bind_done = false, mirror_done = false;
  };
  struct RestoreStory : Story {
    Mark seen, past_waiting, volume_seen, bound;
    bool never_bound = false;
    bool deleting = false;
  };

  void snapshot_row(const objects::Row& row, SnapshotStory& story);
  void snapshot_gone(const objects::Row& row, SnapshotStory& story);
  void content_row(const objects::Row& row, SnapshotStory& story);
  void note_handle(const objects::Row& row, SnapshotStory& story, bool first);
  void joint_phases(SnapshotStory& story);
  void claim_row(const objects::Row& row, RestoreStory& story);
  void claim_bound(const objects::Row& row, RestoreStory& story);
  void volume_row(const objects::Row& row, RestoreStory& story);

  void take_snapshot_row(const objects::Row& row);
  void take_claim_row(const objects::Row& row);
  void take_volume_row(const objects::Row& row);
  void expire(objects::Instant now);
  void describe(const objects::Row& row, Story& story);
  void note(Mark& mark, const objects::Row& row, bool seen_happening);
  void measure(Measure measure, std::string_view step, const Mark& start, const Mark& end, const Story& story);
  void count(PhaseEnd end, std::string_view outcome, const Story& story);

  ClassLookup class_of_;
  std::int64_t epoch_ = 0;
  std::uint64_t ordinal_ = 0;
  std::unordered_map<std::string, SnapshotStory> snapshots_;  ///< by chain, or the content's uid where it has none
  std::unordered_map<objects::Uid, RestoreStory> restores_;   ///< by the claim's uid
  /// When to look at a one-sided story again, oldest first; a restore's key is its uid's text.
  std::deque<std::pair<objects::Instant, std::string>> expiries_;
  PhaseResults results_;
};

}  // namespace snaptrail::reconcilers
