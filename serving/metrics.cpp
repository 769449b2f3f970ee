#include "serving/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>
#include <vector>

#include "serving/daemon_metrics.hpp"
#include "serving/process_stats.hpp"
#include "serving/state_metrics.hpp"
#include "serving/trail_metrics.hpp"

namespace snaptrail::serving {
namespace {

using objects::GapCause;
using prometheus::MetricFamily;

constexpr std::array kGapCauses = {GapCause::Disconnected, GapCause::Expired,   GapCause::Rewound,
                                   GapCause::Restarted,    GapCause::Forbidden, GapCause::Overload};

const FamilySpec kGaps{
    "snaptrail_watch_gaps_total", "Windows in which changes may have been missed.", {{"resource", true}, {"cause"}}};
const FamilySpec kFolded{"snaptrail_metric_label_sets_folded_total",
                         "Values whose label set was one too many for the metric, so that they went to \"other\".",
                         {{"metric"}}};
constexpr const char* kEventToRecorded = "snaptrail_event_to_recorded_seconds";

/// The daemon's own latency is milliseconds: finer bounds below those that all durations have.
std::vector<double> latency_buckets() {
  std::vector<double> buckets = {.001, .0025, .005, .01, .025, .05};
  buckets.insert(buckets.end(), duration_buckets().begin(), duration_buckets().end());
  return buckets;
}

/// Whether the row's `at` is when its event was delivered. Orphaned is dated back to when the snapshot went.
bool is_dated_by_delivery(const objects::Row& row) {
  return !row.late && row.to != objects::State::Orphaned &&
         (row.type == objects::RowType::Transition || row.type == objects::RowType::Fact ||
          row.type == objects::RowType::Outcome);
}

void append(std::vector<MetricFamily>& to, std::vector<MetricFamily> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

prometheus::Labels build_labels(const MetricsOptions& options) {
  prometheus::Labels labels;
  if (!options.version.empty()) labels["version"] = label_value(options.version);
  if (!options.revision.empty()) labels["revision"] = label_value(options.revision);
  return labels;
}

}  // namespace

struct Metrics::Impl {
  Impl(const MetricsOptions& options, const StateSource& source_, reconcilers::ClassLookup class_of)
      : source(source_),
        trail(std::move(class_of)),
        gaps(prometheus::BuildCounter().Name(std::string(kGaps.name)).Help(std::string(kGaps.help)).Register(daemon),
             kGaps),
        event_to_recorded(prometheus::BuildHistogram()
                              .Name(kEventToRecorded)
                              .Help("From an event's delivery to the commit of its row.")
                              .Register(daemon)
                              .Add({}, latency_buckets())),
        config_ok(prometheus::BuildGauge()
                      .Name("snaptrail_config_last_reload_successful")
                      .Help("1 if the configuration read last could be used.")
                      .Register(daemon)
                      .Add({})),
        config_read(prometheus::BuildGauge()
                        .Name("snaptrail_config_last_reload_success_timestamp_seconds")
                        .Help("When the configuration that is used was read, Unix time.")
                        .Register(daemon)
                        .Add({})) {
    prometheus::BuildGauge()
        .Name("snaptrail_build_info")
        .Help("1; the labels tell what runs.")
        .Register(daemon)
        .Add(build_labels(options))
        .Set(1);
    config_ok.Set(1);
  }

  MetricFamily folded() {
    ScrapedFamily family(kFolded, prometheus::MetricType::Counter);
    trail.for_each_folded(
        [&](std::string_view name, std::uint64_t count) { family.add({name}, static_cast<double>(count)); });
    for (const auto& [name, count] : state_folds) family.add({name}, static_cast<double>(count));
    family.add({kGaps.name}, static_cast<double>(gaps.folded()));
    return std::move(family).take();
  }

  const StateSource& source;
  std::mutex mutex;  ///< guards all below
  prometheus::Registry daemon;
  TrailMetrics trail;
  GuardedFamily<prometheus::Counter> gaps;
  prometheus::Histogram& event_to_recorded;
  prometheus::Gauge& config_ok;
  prometheus::Gauge& config_read;
  FoldCounts state_folds;
};

Metrics::Metrics(MetricsOptions options, const StateSource& source, reconcilers::ClassLookup class_of)
    : impl_(std::make_unique<Impl>(options, source, std::move(class_of))) {}
Metrics::~Metrics() = default;

void Metrics::recorded(const objects::Row& row, objects::Instant committed_at) {
  const std::lock_guard lock(impl_->mutex);
  impl_->trail.recorded(row);
  if (row.type == objects::RowType::Gap && row.gap) {
    impl_->gaps.at({row.gap->resource, to_string(row.gap->cause)}).Increment();
  }
  if (is_dated_by_delivery(row)) {
    // Both are our clock's; if it was set back in between, nothing sensible can be said but "at once".
    const std::chrono::duration<double> latency = committed_at - row.at;
    impl_->event_to_recorded.Observe(std::max(latency.count(), 0.0));
  }
}

void Metrics::know_snapshot_class(std::string_view driver, std::string_view snapshot_class) {
  const std::lock_guard lock(impl_->mutex);
  impl_->trail.know_snapshot_class(driver, snapshot_class);
}

void Metrics::know_storage_class(std::string_view driver, std::string_view storage_class) {
  const std::lock_guard lock(impl_->mutex);
  impl_->trail.know_storage_class(driver, storage_class);
}

void Metrics::backup_finished(std::string_view initiator, std::string_view schedule, std::string_view outcome,
                              double seconds) {
  const std::lock_guard lock(impl_->mutex);
  impl_->trail.backup_finished(initiator, schedule, outcome, seconds);
}

void Metrics::restore_finished(std::string_view initiator, std::string_view schedule, std::string_view outcome,
                               double seconds) {
  const std::lock_guard lock(impl_->mutex);
  impl_->trail.restore_finished(initiator, schedule, outcome, seconds);
}

void Metrics::config_reloaded(bool successful, objects::Instant at) {
  const std::lock_guard lock(impl_->mutex);
  impl_->config_ok.Set(successful ? 1 : 0);
  if (successful) impl_->config_read.Set(std::chrono::duration<double>(at.time_since_epoch()).count());
}

std::string Metrics::exposition() {
  // The source is asked without the lock: it may be busy with a row on its way to recorded().
  const bool synced = impl_->source.synced();
  const std::vector<InformerStats> informers = impl_->source.informers();
  FoldCounts folds;
  std::vector<MetricFamily> states = synced ? state_families(impl_->source, folds) : std::vector<MetricFamily>{};
  std::vector<MetricFamily> families = daemon_families(impl_->source, informers);
  append(families, process_families(read_process_stats()));

  const std::lock_guard lock(impl_->mutex);
  for (const auto& [name, count] : folds) impl_->state_folds[name] += count;
  for (const InformerStats& one : informers) {
    for (const GapCause cause : kGapCauses) impl_->gaps.at({one.name, to_string(cause)});
  }
  append(families, impl_->daemon.Collect());
  families.push_back(impl_->folded());
  append(families, std::move(states));
  if (synced) append(families, impl_->trail.collect());
  return to_text(families);
}

}  // namespace snaptrail::serving
