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
const FamilySpec kOrphans{
    "snaptrail_orphaned_contents", "VolumeSnapshotContents in state Orphaned now.", {{"driver", true}}};
const FamilySpec kOrphanBytes{"snaptrail_orphaned_contents_restore_size_bytes",
                              "Sum of the restore sizes of the orphaned VolumeSnapshotContents, where known.",
                              {{"driver", true}}};

double seconds_of(objects::Instant at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

prometheus::MetricFamily finished(ScrapedFamily family, const FamilySpec& spec, FoldCounts& folds) {
  folds[std::string(spec.name)] += family.folded();
  return std::move(family).take();
}

}  // namespace

std::vector<prometheus::MetricFamily> state_families(const StateSource& source, FoldCounts& folds) {
  ScrapedFamily snapshots(kSnapshots, MetricType::Gauge);
  auto groups = source.snapshots();
  // In a fixed order, so that the guard folds the same sets at every scrape.
  std::ranges::sort(groups, {},
                    [](const SnapshotGroup& group) { return std::tie(group.ns, group.driver, group.state); });
  for (const SnapshotGroup& group : groups) {
    snapshots.add({group.ns, group.driver, to_string(group.state)}, static_cast<double>(group.count));
  }
  ScrapedFamily oldest(kOldest, MetricType::Gauge, Combine::Least);
  for (const OldestUnready& one : source.oldest_unready()) {
    oldest.add({one.driver, to_string(one.state)}, seconds_of(one.created));
  }
  ScrapedFamily orphans(kOrphans, MetricType::Gauge);
  ScrapedFamily orphan_bytes(kOrphanBytes, MetricType::Gauge);
  for (const OrphanGroup& group : source.orphans()) {
    orphans.add({group.driver}, static_cast<double>(group.contents));
    orphan_bytes.add({group.driver}, static_cast<double>(group.restore_size_bytes));
  }
  return {finished(std::move(snapshots), kSnapshots, folds), finished(std::move(oldest), kOldest, folds),
          finished(std::move(orphans), kOrphans, folds), finished(std::move(orphan_bytes), kOrphanBytes, folds)};
}

}  // namespace snaptrail::serving
