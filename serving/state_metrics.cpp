#include "serving/state_metrics.hpp"

#include <algorithm>
#include <tuple>

#include "serving/metric_family.hpp"

namespace snaptrail::serving {
namespace {

using prometheus::MetricType;

const FamilySpec kSnapshots{
    "snaptrail_snapshots", "VolumeSnapshots by their state now.", {{"namespace", true}, {"driver", true}, {"state"}}};
const FamilySpec kOldest{"snaptrail_oldest_unready_snapshot_timestamp_seconds",
                         "When the oldest VolumeSnapshot of the driver in this state was created, Unix time.",
                         {{"driver", true}, {"state"}}};
const FamilySpec kOrphans{"snaptrail_orphaned_contents",
                          "VolumeSnapshotContents in state Orphaned now, by their policy and the age of the copy.",
                          {{"driver", true}, {"deletion_policy"}, {"age"}}};
const FamilySpec kOrphanBytes{"snaptrail_orphaned_contents_restore_size_bytes",
                              "Sum of the restore sizes of the orphaned VolumeSnapshotContents, where known.",
                              {{"driver", true}, {"deletion_policy"}, {"age"}}};

const FamilySpec kStuck{
    "snaptrail_stuck_objects",
    "Objects that are stuck or failing now, by the reason found; not those there at the first start.",
    {{"kind"}, {"namespace", true}, {"driver", true}, {"reason"}}};
const FamilySpec kWaiting{"snaptrail_waiting_objects",
                          "Objects that wait now, as they should, by what for.",
                          {{"kind"}, {"namespace", true}, {"driver", true}, {"reason"}}};
const FamilySpec kHazards{"snaptrail_hazards",
                          "Ways to lose data that stand open now; not those there at the first start.",
                          {{"namespace", true}, {"hazard"}}};
const FamilySpec kBaseline{
    "snaptrail_baseline_findings",
    "Findings that stand since the first start of all, or about objects that have not changed since.",
    {{"namespace", true}, {"reason"}}};

const FamilySpec kViolations{"snaptrail_rpo_violations",
                             "Bound CSI claims proven to have no recoverable point as new as their target asks for.",
                             {{"namespace", true}}};
const FamilySpec kSkipped{"snaptrail_backup_skipped_persistentvolumeclaims",
                          "Bound CSI claims of which the newest Completed Backup over their namespace has no point.",
                          {{"namespace", true}}};

double seconds_of(objects::Instant at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

prometheus::MetricFamily finished(ScrapedFamily family, const FamilySpec& spec, FoldCounts& folds) {
  folds[std::string(spec.name)] += family.folded();
  return std::move(family).take();
}

}  // namespace

std::vector<prometheus::MetricFamily> state_families(const StateSource& source, FoldCounts& folds) {
  ScrapedFamily snapshots(kSnapshots, MetricType::Gauge);
  auto [groups, oldest_unready] = source.snapshots();
  // In a fixed order, so that the guard folds the same sets at every scrape.
  std::ranges::sort(groups, {},
                    [](const SnapshotGroup& group) { return std::tie(group.ns, group.driver, group.state); });
  for (const SnapshotGroup& group : groups) {
    snapshots.add({group.ns, group.driver, to_string(group.state)}, static_cast<double>(group.count));
  }
  ScrapedFamily oldest(kOldest, MetricType::Gauge, Combine::Least);
  for (const OldestUnready& one : oldest_unready) {
    oldest.add({one.driver, to_string(one.state)}, seconds_of(one.created));
  }
  ScrapedFamily orphans(kOrphans, MetricType::Gauge);
  ScrapedFamily orphan_bytes(kOrphanBytes, MetricType::Gauge);
  for (const OrphanGroup& group : source.orphans()) {
    const std::string_view policy = objects::to_string(group.policy);
    orphans.add({group.driver, policy, group.age}, static_cast<double>(group.contents));
    orphan_bytes.add({group.driver, policy, group.age}, static_cast<double>(group.restore_size_bytes));
  }
  ScrapedFamily stuck(kStuck, MetricType::Gauge);
  ScrapedFamily waiting(kWaiting, MetricType::Gauge);
  ScrapedFamily hazards(kHazards, MetricType::Gauge);
  ScrapedFamily baseline(kBaseline, MetricType::Gauge);
  for (const FindingGroup& group : source.findings()) {
    const auto count = static_cast<double>(group.count);
    const std::string_view reason = to_string(group.reason);
    if (group.baseline) {
      baseline.add({group.ns, reason}, count);
    } else if (group.category == reconcilers::Category::Hazard) {
      hazards.add({group.ns, reason}, count);
    } else {
      auto& family = group.category == reconcilers::Category::Waiting ? waiting : stuck;
      family.add({objects::to_string(group.kind), group.ns, group.driver, reason}, count);
    }
  }
  ScrapedFamily violations(kViolations, MetricType::Gauge);
  ScrapedFamily skipped(kSkipped, MetricType::Gauge);
  for (const CoverageGroup& group : source.coverage_groups()) {
    violations.add({group.ns}, static_cast<double>(group.violations));
    skipped.add({group.ns}, static_cast<double>(group.skipped));
  }
  return {finished(std::move(violations), kViolations, folds), finished(std::move(skipped), kSkipped, folds),
          finished(std::move(stuck), kStuck, folds),           finished(std::move(waiting), kWaiting, folds),
          finished(std::move(hazards), kHazards, folds),       finished(std::move(baseline), kBaseline, folds),
          finished(std::move(snapshots), kSnapshots, folds),   finished(std::move(oldest), kOldest, folds),
          finished(std::move(orphans), kOrphans, folds),       finished(std::move(orphan_bytes), kOrphanBytes, folds)};
}

}  // namespace snaptrail::serving
