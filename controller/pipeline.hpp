#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/cluster_stores.hpp"
#include "controller/diagnoser.hpp"
#include "controller/gate.hpp"
#include "informers/intake.hpp"
#include "ledger/ledger.hpp"
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
};

/// What one target has brought since the start.
struct Traffic {
  std::array<std::uint64_t, 3> events{};  ///< by informers::EventType
  std::uint64_t bookmarks = 0;
  std::uint64_t lists = 0;  ///< complete ones
  objects::MaybeInstant last;
};

struct PipelineOptions {
  std::string cluster;
  std::int64_t epoch = 1;
  std::vector<informers::Target> targets;
  /// Targets that the ledger has followed before: what a list finds new there happened meanwhile and is a row. On others the
  /// first list tells what has long been there and makes records only.
  std::set<std::string> followed_before;
  /// Rows for what has long been there too (`replay`).
  bool rows_of_first_list = false;
  /// On a ledger that was never used: what is found wrong at the start has been so for an unknown time.
  bool first_start = true;
  reconcilers::Thresholds thresholds;
};

/// The one way of the data: informers → stores → tracker → batch. The only place that a transition passes through. Synchronous, one
/// strand, no clock of its own: `run` and `replay` use the same object. Diagnosis follows behind: what changes within kDwell is
/// looked at together.
class Pipeline : public informers::Intake {
 public:
  /// `sink` must outlive it.
  Pipeline(PipelineOptions options, PipelineSink& sink);

  /// Hands over a record of an earlier run; before the first list.
  void restore(objects::ObjectRecord record) { tracker_.restore(std::move(record)); }
  /// Takes rows of earlier runs, and the findings that stood at the end of the last one.
  Diagnoser& diagnosis() { return diagnoser_; }

  void list_started(const informers::Target& target, objects::Instant at) override;
  void listed(const informers::Target& target, objects::Object object, objects::Instant at) override;
  void list_finished(const informers::Target& target, std::string_view resource_version, objects::Instant at) override;
  void delivered(const informers::Target& target, informers::ObjectEvent event, objects::Instant at) override;
  void bookmark(const informers::Target& target, std::string_view resource_version, objects::Instant at) override;
  void gap(const informers::Target& target, objects::Gap gap, objects::Instant at) override;
  void availability(const informers::Target& target, informers::Availability availability, std::string_view why,
                    objects::Instant at) override;

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
  const Gate& gate() const { return gate_; }
  /// Of a target by its name.
  Traffic traffic(const std::string& target) const {
    const auto found = traffic_.find(target);
    return found == traffic_.end() ? Traffic{} : found->second;
  }
  std::int64_t epoch() const { return epoch_; }

 private:
  struct Deferred {
    informers::Target target;
    informers::ObjectEvent event;
    objects::Instant at;
  };

  void open_gate_if_ready(objects::Instant at);
  void apply(const informers::Target& target, informers::ObjectEvent event, reconcilers::Observed seen);
  template <class T>
  void upsert(informers::Store<T>& store, T object, reconcilers::Observed seen, reconcilers::Output& out);
  template <class T>
  void remove(informers::Store<T>& store, T last, reconcilers::Observed seen, reconcilers::Output& out);
  void take_event(const informers::Target& target, objects::Event event, reconcilers::Observed seen,
                  reconcilers::Output& out);
  void note_operation(const objects::Backup* previous, const objects::Backup& current, bool late);
  void note_operation(const objects::Restore* previous, const objects::Restore& current, bool late);
  void note_progress(const informers::Target& target, std::string_view resource_version, objects::Instant at);
  void emit(const informers::Target* target, reconcilers::Output out, objects::Instant at);
  void diagnose(objects::Instant now);
  void plan_diagnosis(objects::Instant now);
  ledger::Batch batch_of(reconcilers::Output out);
  bool is_news(const objects::Row& row) const;

  PipelineOptions options_;
  PipelineSink& sink_;
  std::int64_t epoch_;
  std::optional<objects::Instant> rewound_at_;
  ClusterStores stores_;
  reconcilers::Tracker tracker_;
  Diagnoser diagnoser_;
  std::optional<objects::Instant> diagnose_at_;
  Gate gate_;
  std::set<objects::Kind> followed_;  ///< kinds whose first list is behind us
  std::map<std::string, ledger::Position> positions_;
  std::map<std::string, Traffic> traffic_;
  std::vector<Deferred> deferred_;
  std::vector<objects::Event> early_events_;
};

}  // namespace snaptrail::controller
