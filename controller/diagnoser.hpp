#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "objects/row.hpp"
#include "objects/types.hpp"
#include "reconcilers/diagnosis/event_memory.hpp"
#include "reconcilers/diagnosis/finding_tracker.hpp"
#include "reconcilers/diagnosis/trail_memory.hpp"
#include "reconcilers/phases.hpp"

namespace snaptrail::controller {

/// Diagnosis beside the tracker: hands it what happens, remembers Events and the past for it, and turns what it finds into
/// rows, each beginning and end once, across restarts too. No clock of its own. One strand, the pipeline's.
class Diagnoser {
 public:
  /// All must outlive it.
  Diagnoser(const reconcilers::ClusterView& cluster, const reconcilers::Tracker& tracker,
            const reconcilers::PointMemory& points, const reconcilers::Thresholds& thresholds);

  // What earlier runs recorded; before open(), oldest first.
  /// The newest row of a finding that had not ended.
  void restore(objects::Row standing);
  void recall(const objects::Row& row);
  void recall(const objects::ObjectRecord& record) { trail_.recorded(record); }

  /// The gate opened. `first_start`: on a ledger that has never been used.
  void open(objects::Instant at, bool first_start);

  // What happened, after the stores and the tracker have taken it in.
  template <class T>
  void changed(const T& object) {
    if (open_) findings_.changed(object);
  }
  template <class T>
  void gone(const T& last) {
    events_.forget(last.meta.uid);
    if (open_) findings_.gone(last);
  }
  void event(const objects::Event& event);
  /// A row of this run, and a record that came without one.
  void recorded(const objects::Row& row);
  void recorded(const objects::ObjectRecord& record) { trail_.recorded(record); }
  /// Whether a kind can be seen changed, or the thresholds did.
  void look_at_all() { findings_.look_at_all(); }

  /// When there is something to look at: in the past if something has changed; nullopt for nothing.
  std::optional<objects::Instant> next() const;
  /// Looks, and appends the rows of what began, changed and ended. cluster and epoch are the caller's to fill in.
  void evaluate(objects::Instant now, std::vector<objects::Row>& rows);

  const reconcilers::FindingTracker& findings() const { return findings_; }

 private:
  using Key = std::tuple<objects::Uid, std::string, std::string, std::string>;  ///< uid, namespace, name, reason
  static Key key_of(const objects::Row& row) { return {row.uid, row.ns, row.name, row.reason}; }
  objects::Row row_of(const reconcilers::FindingChange& change) const;

  const reconcilers::ClusterView& cluster_;
  const reconcilers::Tracker& tracker_;
  reconcilers::EventMemory events_;
  reconcilers::TrailMemory trail_;
  reconcilers::PhaseClock clock_;
  reconcilers::FindingTracker findings_;
  std::map<Key, objects::Row> standing_;  ///< restored, and not seen again yet
  std::map<Key, objects::Row> told_;      ///< the beginning of each finding that stands
  bool open_ = false;
  bool looked_ = false;
};

}  // namespace snaptrail::controller
