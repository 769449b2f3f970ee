#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/cluster_stores.hpp"
#include "controller/diagnoser.hpp"
#include "controller/event_trail.hpp"
#include "controller/gate.hpp"
#include "controller/scope.hpp"
#include "informers/intake.hpp"
#include "ledger/ledger.hpp"
#include "reconcilers/coverage/assess.hpp"
#include "reconcilers/operation_book.hpp"
#include "reconcilers/tracker.hpp"

namespace snaptrail::controller {

/// A Velero Backup or Restore that was seen to finish.
struct FinishedOperation {
  objects::Kind kind = objects::Kind::Backup;
  std::string name;
  std::string schedule;  ///< empty if none
  std::string phase;     ///< Completed, PartiallyFailed, …
  objects::Millis duration{0};
};

/// Where the pipeline hands its results on.
class PipelineSink {
 public:
  virtual ~PipelineSink() = default;
  /// Rows with the records and positions that belong to them, to be committed as one. seq is not given yet.
  virtual void record(ledger::Batch batch) = 0;
  virtual void availability_changed(const informers::Target& target, informers::Availability availability,
                                    std::string_view why) = 0;
  virtual void operation_finished(const FinishedOperation& operation) = 0;
  virtual void gate_opened(objects::Instant at) = 0;
  /// Whether records of what was there before the start may come now. If not they are made when it has (advance()).
  virtual bool has_room() const { return true; }
  /// Other namespaces are followed from now on (Pipeline::scope()).
  virtual void scope_changed(const Scope::Change& /*change*/) {}
  /// Of the namespaces that are named these do not exist; told when they are listed.
  virtual void namespaces_missing(const std::vector<std::string>& /*names*/) {}
};

/// What one resource has brought since the start.
struct Traffic {
  std::array<std::uint64_t, 3> events{};  ///< by informers::EventType
  std::uint64_t bookmarks = 0;
  objects::MaybeInstant last;
};

struct PipelineOptions {
  std::string cluster;
  std::int64_t epoch = 1;
  std::vector<informers::Target> targets;  ///< a resource each; where they are followed is the scope's business
  Scope scope;
  /// Streams (informers::stream_name) that the ledger has followed before: what a list finds new there happened meanwhile and is a row. On others the
  /// first list tells what has long been there and makes records only.
  std::set<std::string> followed_before;
  /// Rows for what has long been there too (`replay`).
  bool rows_of_first_list = false;
  /// On a ledger that was never used: what is found wrong at the start has been so for an unknown time.
  bool first_start = true;
  reconcilers::Thresholds thresholds;
  reconcilers::RpoTargets rpo;
};

/// The one way of the data: informers → stores → tracker → batch. The only place that a transition passes through. Synchronous, one
/// strand, no clock of its own: `run` and `replay` use the same object. Diagnosis follows behind: what changes within kDwell is
/// looked at together.
class Pipeline : public informers::Intake {
 public:
  /// `sink` must outlive it.
  Pipeline(PipelineOptions options, PipelineSink& sink);

  /// Hands over a record of an earlier run; before the first list.
  void restore(objects::ObjectRecord record) {
    restored_records_ = true;
    tracker_.restore(std::move(record));
  }
  void restore(objects::Operation operation) {
    points_.recorded(operation);
    operations_.restore(std::move(operation));
  }
  /// Takes rows of earlier runs, and the findings that stood at the end of the last one.
  Diagnoser& diagnosis() { return diagnoser_; }
  /// Takes records and gaps of earlier runs.
  reconcilers::PointMemory& points() { return points_; }

  void list_started(const informers::Target& target, objects::Instant at) override;
  void listed(const informers::Target& target, objects::Object object, objects::Instant at) override;
  void list_finished(const informers::Target& target, std::string_view resource_version, objects::Instant at) override;
  void delivered(const informers::Target& target, informers::ObjectEvent event, objects::Instant at) override;
  void bookmark(const informers::Target& target, std::string_view resource_version, objects::Instant at) override;
  void gap(const informers::Target& target, objects::Gap gap, objects::Instant at) override;
  void availability(const informers::Target& target, informers::Availability availability, std::string_view why,
                    objects::Instant at) override;

  /// Other limits hold from now on: what they may change is looked at again.
  void set_thresholds(reconcilers::Thresholds thresholds, objects::Instant at);

  /// Time passes: fires what is due. To be called before anything later is handed in, and at next_timer().
  void advance(objects::Instant now);
  std::optional<objects::Instant> next_timer() const;
  /// Time ends here: diagnoses what has changed last.
  void settle(objects::Instant now);

  /// How long diagnosis waits for more to change.
  static constexpr objects::Millis kDwell{200};

  const ClusterStores& stores() const { return stores_; }
  const reconcilers::Tracker& tracker() const { return tracker_; }
  const reconcilers::FindingTracker& findings() const { return diagnoser_.findings(); }
  /// Which claims can be brought back, and to when (reconcilers::assess); none before the gate is open.
  std::vector<reconcilers::ClaimCoverage> coverage(objects::Instant now) const;
  /// The same one by one, in no particular order, without the memory of them all.
  void for_each_coverage(objects::Instant now, const std::function<void(reconcilers::ClaimCoverage)>& visit) const;
  const reconcilers::RpoTargets& rpo() const { return options_.rpo; }
  const Gate& gate() const { return gate_; }
  const Scope& scope() const { return scope_; }
  /// How far a stream has been followed by this run; null: not at all.
  const ledger::Position* position(const informers::Target& stream) const;
  /// Of a resource by its name.
  Traffic traffic(const std::string& target) const {
    const auto found = traffic_.find(target);
    return found == traffic_.end() ? Traffic{} : found->second;
  }
  std::int64_t epoch() const { return epoch_; }
  /// Whether an earlier run left records of objects.
  bool restored_records() const { return restored_records_; }

 private:
  struct Deferred {
    informers::Target target;
    informers::ObjectEvent event;
    objects::Instant at;
  };

  /// A kind and the namespace by which its objects are followed; empty in the whole cluster.
  using Place = std::pair<objects::Kind, std::string>;

  // pipeline_scope.cpp
  bool takes(const informers::Target& target, const objects::Object& object, objects::Instant at, bool gone);
  void note_namespaces(const informers::Target& target, objects::Instant at, bool complete);
  void change_scope(const Scope::Change& change, objects::Instant at);
  void spread_gate();
  void leave(const std::string& ns);
  template <class T>
  void put_out_of_sight(const T& last);
  template <class T, class Belongs>
  std::vector<T> take_out(informers::Store<T>& store, const Belongs& belongs);
  void recall_places(const std::vector<std::string>& namespaces);
  void note_followed(objects::Kind kind, const std::string& ns);
  Place place_of(const objects::Row& row) const;

  // pipeline_events.cpp
  void take_early_event(objects::Event event, objects::Instant at);
  void open_events(objects::Instant at, reconcilers::Output& out);
  void take_event(const informers::Target& target, objects::Event event, reconcilers::Observed seen,
                  reconcilers::Output& out);
  void add_to_trail(objects::EventRecord event);

  void open_gate_if_ready(objects::Instant at);
  void take_opening(reconcilers::Output part);
  void write_unwritten();
  void apply(const informers::Target& target, informers::ObjectEvent event, reconcilers::Observed seen);
  template <class T>
  void upsert(informers::Store<T>& store, T object, reconcilers::Observed seen, reconcilers::Output& out);
  template <class T>
  void remove(informers::Store<T>& store, T last, reconcilers::Observed seen, reconcilers::Output& out);
  void note_operation(const objects::Backup* previous, const objects::Backup& current, bool late);
  void note_operation(const objects::Restore* previous, const objects::Restore& current, bool late);
  template <class T>
  void note_gone(const T& last, objects::Instant at);
  void unlist(const informers::Target& target);
  void drop_deferred(const informers::Target& target);
  void widen(const informers::Target& target, objects::Gap& gap) const;
  void note_progress(const informers::Target& target, std::string_view resource_version, objects::Instant at);
  void emit(const informers::Target* target, reconcilers::Output out, objects::Instant at);
  void diagnose(objects::Instant now);
  void plan_diagnosis(objects::Instant now);
  std::vector<objects::Row> news_of(std::vector<objects::Row> rows);
  ledger::Batch batch_of(reconcilers::Output out);
  void add_operations(ledger::Batch& batch);
  void add_positions(ledger::Batch& batch) const;
  bool is_news(const objects::Row& row) const;

  PipelineOptions options_;
  PipelineSink& sink_;
  std::int64_t epoch_;
  bool restored_records_ = false;
  std::optional<objects::Instant> rewound_at_;
  ClusterStores stores_;
  reconcilers::Tracker tracker_;
  reconcilers::PointMemory points_;
  reconcilers::OperationBook operations_;
  Diagnoser diagnoser_;
  std::optional<objects::Instant> diagnose_at_;
  Scope scope_;
  Gate gate_;
  std::set<Place> followed_;                           ///< those whose first list is behind us
  std::map<std::string, ledger::Position> positions_;  ///< by stream
  std::map<std::string, Traffic> traffic_;             ///< by resource
  std::vector<Deferred> deferred_;
  /// What was there before the start and whose record is not handed on yet, last UID first. Until it is empty no position is handed on
  /// either: a start that was cut short is begun anew.
  std::vector<std::pair<objects::Uid, objects::Kind>> unwritten_;
  std::vector<objects::Event> early_events_;  ///< those that fail claims or end that
  EventTrail trail_;
  std::vector<objects::EventRecord> early_trail_;  ///< until the gate opens
  std::vector<objects::EventRecord> said_;         ///< what Events said, to be handed on with the next batch
};

}  // namespace snaptrail::controller
