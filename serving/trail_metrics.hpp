#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "objects/row.hpp"
#include "reconcilers/phases.hpp"
#include "serving/metric_family.hpp"

namespace snaptrail::serving {

/// Families 2 and 3: durations and counts, made from committed rows. One thread at a time.
class TrailMetrics {
 public:
  explicit TrailMetrics(reconcilers::ClassLookup class_of);

  void recorded(const objects::Row& row);

  /// A class that exists: its series begin at 0, so that a rate is right from its first event on.
  void know_snapshot_class(std::string_view driver, std::string_view snapshot_class);
  void know_storage_class(std::string_view driver, std::string_view storage_class);

  void backup_finished(std::string_view initiator, std::string_view schedule, std::string_view outcome, double seconds);
  void restore_finished(std::string_view initiator, std::string_view schedule, std::string_view outcome,
                        double seconds);

  std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }
  /// Calls visit(name, number of folded values) for each family.
  void for_each_folded(const std::function<void(std::string_view name, std::uint64_t folded)>& visit) const;

 private:
  using Histograms = GuardedFamily<prometheus::Histogram>;
  using Counters = GuardedFamily<prometheus::Counter>;

  Histograms histograms(const FamilySpec& spec);
  Counters counters(const FamilySpec& spec);
  Histograms& histograms_of(reconcilers::Measure measure);
  void observe(const reconcilers::PhaseDuration& duration);
  void count(const reconcilers::PhaseCount& count);
  void run_finished(Histograms& family, std::string_view initiator, std::string_view schedule, std::string_view outcome,
                    double seconds);
  void create_known_sets();
  void create_known_transitions();

  prometheus::Registry registry_;
  reconcilers::PhaseClock clock_;
  Histograms snapshot_phase_, snapshot_ready_, restore_phase_, restore_ready_, backup_, restore_;
  Counters snapshots_finished_, restores_finished_, snapshot_deletions_, transitions_, negative_;
  std::set<std::pair<std::string, std::string>> known_snapshot_classes_, known_storage_classes_;
};

}  // namespace snaptrail::serving
