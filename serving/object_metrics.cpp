#include "serving/object_metrics.hpp"

#include <algorithm>
#include <utility>

#include "objects/row.hpp"

namespace snaptrail::serving {
namespace {

using objects::Ready;
using objects::VolumeSnapshot;
using objects::VolumeSnapshotContent;

bool is_wanted(const ObjectMetricsOptions& options, const std::string& ns) {
  return options.namespaces.empty() || std::ranges::find(options.namespaces, ns) != options.namespaces.end();
}

/// Nil is 0 as well: rules in the field say `== 0` for "not ready".
std::int64_t ready_value(Ready ready) { return ready == Ready::True ? 1 : 0; }

enum SnapshotFamily : std::size_t { kInfo, kReady, kCreated, kDeletion, kCut, kSize, kError };

SeriesTable snapshot_series(const ObjectSource& source, const ObjectMetricsOptions& options) {
  SeriesTable table{
      {"kube_volumesnapshot_info", "Information about the volume snapshot."},
      {"kube_volumesnapshot_status_ready_to_use",
       "Whether the volume snapshot can be restored from; 0 also where the status does not say."},
      {"kube_volumesnapshot_created", "Unix creation timestamp of the object."},
      {"kube_volumesnapshot_deletion_timestamp", "Unix deletion timestamp of the object."},
      {"kube_volumesnapshot_status_creation_timestamp_seconds", "When the backend cut the snapshot, Unix time."},
      {"kube_volumesnapshot_status_restore_size_bytes", "The least size of a volume restored from it."},
      {"kube_volumesnapshot_status_error", "Whether the status has an error."}};
  source.for_each_snapshot([&](const VolumeSnapshot& snapshot) {
    const std::string& ns = snapshot.meta.ns.get();
    if (!is_wanted(options, ns) || !table.add({{"namespace", ns}, {"volumesnapshot", snapshot.meta.name}})) return;
    const std::string uid = snapshot.meta.uid.str();
    table.put(kInfo, {{"uid", uid},
                      {"volumesnapshotclass", snapshot.class_name.get()},
                      {"source_persistentvolumeclaim", snapshot.source_claim},
                      {"source_volumesnapshotcontent", snapshot.source_content}});
    table.put(kReady, ready_value(snapshot.ready));
    table.put(kCreated, snapshot.meta.created);
    table.put(kDeletion, snapshot.meta.deleted);
    table.put(kCut, snapshot.cut);
    if (snapshot.restore_size >= 0) table.put(kSize, snapshot.restore_size);
    table.put(kError, snapshot.error.present ? std::int64_t{1} : std::int64_t{0});
  });
  return table;
}

enum ContentFamily : std::size_t {
  kContentInfo,
  kContentPolicy,
  kContentHandle,
  kContentReady,
  kContentCreated,
  kContentDeletion,
  kContentSize,
  kContentError
};

SeriesTable content_series(const ObjectSource& source, const ObjectMetricsOptions& options) {
  SeriesTable table{
      {"kube_volumesnapshotcontent_info", "Information about the volume snapshot content."},
      {"kube_volumesnapshotcontent_deletion_policy", "The content's deletion policy."},
      {"kube_volumesnapshotcontent_status_handle_info", "The snapshot's handle in the backend."},
      {"kube_volumesnapshotcontent_status_ready_to_use",
       "Whether the snapshot can be restored from; 0 also where the status does not say."},
      {"kube_volumesnapshotcontent_created", "Unix creation timestamp of the object."},
      {"kube_volumesnapshotcontent_deletion_timestamp", "Unix deletion timestamp of the object."},
      {"kube_volumesnapshotcontent_status_restore_size_bytes", "The least size of a volume restored from it."},
      {"kube_volumesnapshotcontent_status_error", "Whether the status has an error."}};
  source.for_each_content([&](const VolumeSnapshotContent& content) {
    if (!is_wanted(options, content.snapshot.ns.get())) return;
    if (!table.add({{"volumesnapshotcontent", content.meta.name}})) return;
    table.put(kContentInfo, {{"driver", content.driver.get()},
                             {"volumesnapshotclass", content.class_name.get()},
                             {"volumesnapshot", content.snapshot.name},
                             {"volumesnapshot_namespace", content.snapshot.ns.get()}});
    if (content.policy != objects::DeletionPolicy::None) {
      table.put(kContentPolicy, {{"deletion_policy", to_string(content.policy)}});
    }
    if (!content.snapshot_handle.empty()) table.put(kContentHandle, {{"snapshot_handle", content.snapshot_handle}});
    table.put(kContentReady, ready_value(content.ready));
    table.put(kContentCreated, content.meta.created);
    table.put(kContentDeletion, content.meta.deleted);
    if (content.restore_size >= 0) table.put(kContentSize, content.restore_size);
    table.put(kContentError, content.error.present ? std::int64_t{1} : std::int64_t{0});
  });
  return table;
}

std::size_t wanted_objects(const ObjectSource& source, const ObjectMetricsOptions& options) {
  if (options.namespaces.empty()) return source.snapshot_count() + source.content_count();
  std::size_t wanted = 0;
  source.for_each_snapshot([&](const VolumeSnapshot& one) { wanted += is_wanted(options, one.meta.ns.get()) ? 1 : 0; });
  source.for_each_content(
      [&](const VolumeSnapshotContent& one) { wanted += is_wanted(options, one.snapshot.ns.get()) ? 1 : 0; });
  return wanted;
}

std::string suppressed_flag(bool suppressed) {
  SeriesWriter flag("snaptrail_object_metrics_suppressed",
                    "1 while there are more objects than the object metrics' cap.");
  flag.add({}, suppressed ? std::int64_t{1} : std::int64_t{0});
  std::string text;
  flag.append_to(text);
  return text;
}

}  // namespace

ObjectSeries::ObjectSeries(const ObjectSource& source, ObjectMetricsOptions options)
    : source_(source), options_(std::move(options)), stage_(options_.enabled ? Stage::Count : Stage::Over) {}

std::optional<std::string> ObjectSeries::take() {
  for (;;) {
    if (table_) {
      if (auto piece = table_->take()) return piece;
      table_.reset();
    }
    switch (stage_) {
      case Stage::Count:
        suppressed_ = options_.max_objects > 0 && wanted_objects(source_, options_) > options_.max_objects;
        stage_ = suppressed_ ? Stage::Flag : Stage::Snapshots;
        break;
      case Stage::Snapshots:
        table_.emplace(snapshot_series(source_, options_));
        stage_ = Stage::Contents;
        break;
      case Stage::Contents:
        table_.emplace(content_series(source_, options_));
        stage_ = Stage::Flag;
        break;
      case Stage::Flag: stage_ = Stage::Over; return suppressed_flag(suppressed_);
      case Stage::Over: return std::nullopt;
    }
  }
}

std::string object_metrics(const ObjectSource& source, const ObjectMetricsOptions& options) {
  std::string text;
  ObjectSeries series(source, options);
  while (const auto piece = series.take()) text += *piece;
  return text;
}

}  // namespace snaptrail::serving
