#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "objects/row.hpp"
#include "reconcilers/diagnosis/deletions.hpp"
#include "reconcilers/diagnosis/past.hpp"
#include "reconcilers/diagnosis/view.hpp"
#include "reconcilers/handle_key.hpp"
#include "reconcilers/phases.hpp"

namespace snaptrail::reconcilers {

/// The History, read off rows: of an earlier run (the ledger's, oldest first, before the first live one) and of this
/// one, in their order. Also tells of what no object can: leaks, and bursts of deletions. One thread.
class TrailMemory : public History {
 public:
  /// A row of the ledger or of this run.
  void recorded(const objects::Row& row);
  /// What the ledger remembers of an object, or of one that the first list told of without a row.
  void recorded(const objects::ObjectRecord& record);
  /// A phase that was measured (PhaseClock), for p99.
  void measured(const PhaseDuration& duration);

  std::optional<objects::Millis> p99(Phase phase, std::string_view driver) const override;
  const BindingQueue& binding() const override { return binding_; }
  const Attempt* attempt(const objects::Uid& uid) const override { return attempts_.of(uid); }
  const Departed* departed(std::string_view ns, std::string_view name) const override {
    return departed_.find(ns, name);
  }

  /// Findings about what is gone: leaks of the last kLeakKept, bursts that are under way. In a fixed order.
  std::vector<Finding> findings(objects::Instant now) const;
  /// When findings() may change without another row.
  objects::MaybeInstant look_again(objects::Instant now) const;

  static constexpr objects::Millis kLeakKept{7LL * 24 * 3'600'000};
  static constexpr std::size_t kMaxLeaks = 1'000;
  /// So many snapshots of one namespace whose backend copies are destroyed within kBurstWindow are a burst. What goes as
  /// it should doesn't count: a copy whose volume keeps a newer one (a schedule's retention), and what a data mover makes
  /// for a moment (an imported VolumeSnapshot, is_movers_own()).
  static constexpr std::size_t kBurst = Deletions::kBurst;
  static constexpr objects::Millis kBurstWindow = Deletions::kWindow;
  /// Measured durations that p99 is taken from: the last so many of a phase and driver, and no fewer than kMinSamples.
  static constexpr std::size_t kSamples = 200;
  static constexpr std::size_t kMinSamples = 20;

 private:
  struct Point {
    HandleKey key = 0;
    /// As the backend tells it, else when it was first seen ready. Rows and records come in any order of it.
    objects::Instant cut;
  };
  struct Samples {
    std::vector<objects::Millis> ring;
    std::size_t next = 0;
  };

  void note_transition(const objects::Row& row);
  void note_point(std::string_view driver, std::string_view handle, const objects::Uid& claim, objects::Instant cut);
  void note_end(const objects::Row& row);
  void note_content_end(const objects::Row& row, bool destroyed);
  void lose_point(const objects::Uid& claim, HandleKey key, objects::Instant at, bool destroyed);
  void note_destroyed(const objects::Row& snapshot);
  void note_leak(const objects::Row& row);

  /// Recoverable handles by claim: what a deletion leaves. Whether a volume can be brought back is PointMemory's to say.
  boost::unordered_flat_map<objects::Uid, std::vector<Point>, std::hash<objects::Uid>> points_;
  boost::unordered_flat_map<HandleKey, objects::Uid> claim_of_;
  std::unordered_map<HandleKey, objects::Uid> superseded_;  ///< destroyed while their claim had a newer one
  BindingQueue binding_;
  Attempts attempts_;
  DepartedSnapshots departed_;
  Deletions deletions_;
  std::unordered_map<std::string, Samples> samples_;  ///< by phase and driver
  std::deque<Finding> leaks_;
};

}  // namespace snaptrail::reconcilers
