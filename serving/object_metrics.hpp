#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "objects/types.hpp"
#include "serving/series_table.hpp"

namespace snaptrail::serving {

/// The stores as the object metrics read them. Implemented by the controller; called on the thread that asks for the text.
class ObjectSource {
 public:
  virtual ~ObjectSource() = default;
  virtual std::size_t snapshot_count() const = 0;
  virtual std::size_t content_count() const = 0;
  virtual void for_each_snapshot(const std::function<void(const objects::VolumeSnapshot&)>& visit) const = 0;
  virtual void for_each_content(const std::function<void(const objects::VolumeSnapshotContent&)>& visit) const = 0;
};

struct ObjectMetricsOptions {
  bool enabled = true;
  /// Namespaces whose snapshots are exported, and contents by their VolumeSnapshot's; empty: all.
  std::vector<std::string> namespaces{};
  /// VolumeSnapshots and VolumeSnapshotContents together; with more, none is exported.
  std::size_t max_objects = 5'000;
};

/// Family 1: `kube_volumesnapshot_*` and `kube_volumesnapshotcontent_*` by kube-state-metrics' convention, and
/// snaptrail_object_metrics_suppressed, in the text exposition format, piece by piece: the text of a large cluster is a hundred
/// megabytes. Nothing where disabled. To be shown only once the stores are synced: an object that is missing from it is taken for
/// gone. Each kind is read when its first piece is asked for. Lifetime: as the source.
class ObjectSeries {
 public:
  ObjectSeries(const ObjectSource& source, ObjectMetricsOptions options);
  /// The next piece; nullopt at the end.
  std::optional<std::string> take();

 private:
  enum class Stage : std::uint8_t { Count, Snapshots, Contents, Flag, Over };

  const ObjectSource& source_;
  ObjectMetricsOptions options_;
  Stage stage_;
  bool suppressed_ = false;
  std::optional<SeriesTable> table_;
};

/// All of it.
std::string object_metrics(const ObjectSource& source, const ObjectMetricsOptions& options);

}  // namespace snaptrail::serving
