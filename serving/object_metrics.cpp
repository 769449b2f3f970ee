#include "serving/object_metrics.hpp"

#include <algorithm>
#include <unordered_set>

#include "objects/row.hpp"
#include "serving/label_guard.hpp"
#include "serving/series_writer.hpp"

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

/// The names that have been exported. Names made valid might meet, and two series alike would cost the whole scrape.
class Names {
 public:
  bool is_new(const std::string& ns, const std::string& name) {
    return known_.insert(label_value(ns) + "/" + label_value(name)).second;
  }

 private:
  std::unordered_set<std::string> known_;
};

class SnapshotSeries {
 public:
  void add(const VolumeSnapshot& snapshot) {
    const std::string& ns = snapshot.meta.ns.get();
    const std::string& name = snapshot.meta.name;
    if (!names_.is_new(ns, name)) return;
    const LabelText in{"namespace", ns}, named{"volumesnapshot", name};
    const std::string uid = snapshot.meta.uid.str();
    info_.add({in,
               named,
               {"uid", uid},
               {"volumesnapshotclass", snapshot.class_name.get()},
               {"source_persistentvolumeclaim", snapshot.source_claim},
               {"source_volumesnapshotcontent", snapshot.source_content}},
              1);
    ready_.add({in, named}, ready_value(snapshot.ready));
    created_.add({in, named}, snapshot.meta.created);
    deletion_.add({in, named}, snapshot.meta.deleted);
    cut_.add({in, named}, snapshot.cut);
    if (snapshot.restore_size >= 0) size_.add({in, named}, snapshot.restore_size);
    error_.add({in, named}, snapshot.error.present ? std::int64_t{1} : std::int64_t{0});
  }
  void append_to(std::string& out) const {
    for (const SeriesWriter* writer : {&info_, &ready_, &created_, &deletion_, &cut_, &size_, &error_})
      writer->append_to(out);
  }

 private:
  Names names_;
  SeriesWriter info_{"kube_volumesnapshot_info", "Information about the volume snapshot."};
  SeriesWriter ready_{"kube_volumesnapshot_status_ready_to_use",
                      "Whether the volume snapshot can be restored from; 0 also where the status does not say."};
  SeriesWriter created_{"kube_volumesnapshot_created", "Unix creation timestamp of the object."};
  SeriesWriter deletion_{"kube_volumesnapshot_deletion_timestamp", "Unix deletion timestamp of the object."};
  SeriesWriter cut_{"kube_volumesnapshot_status_creation_timestamp_seconds",
                    "When the backend cut the snapshot, Unix time."};
  SeriesWriter size_{"kube_volumesnapshot_status_restore_size_bytes", "The least size of a volume restored from it."};
  SeriesWriter error_{"kube_volumesnapshot_status_error", "Whether the status has an error."};
};

class ContentSeries {
 public:
  void add(const VolumeSnapshotContent& content) {
    if (!names_.is_new({}, content.meta.name)) return;
    const LabelText named{"volumesnapshotcontent", content.meta.name};
    info_.add({named,
               {"driver", content.driver.get()},
               {"volumesnapshotclass", content.class_name.get()},
               {"volumesnapshot", content.snapshot.name},
               {"volumesnapshot_namespace", content.snapshot.ns.get()}},
              1);
    if (content.policy != objects::DeletionPolicy::None) {
      policy_.add({named, {"deletion_policy", to_string(content.policy)}}, 1);
    }
    if (!content.snapshot_handle.empty()) handle_.add({named, {"snapshot_handle", content.snapshot_handle}}, 1);
    ready_.add({named}, ready_value(content.ready));
    created_.add({named}, content.meta.created);
    deletion_.add({named}, content.meta.deleted);
    if (content.restore_size >= 0) size_.add({named}, content.restore_size);
    error_.add({named}, content.error.present ? std::int64_t{1} : std::int64_t{0});
  }
  void append_to(std::string& out) const {
    for (const SeriesWriter* writer : {&info_, &policy_, &handle_, &ready_, &created_, &deletion_, &size_, &error_}) {
      writer->append_to(out);
    }
  }

 private:
  Names names_;
  SeriesWriter info_{"kube_volumesnapshotcontent_info", "Information about the volume snapshot content."};
  SeriesWriter policy_{"kube_volumesnapshotcontent_deletion_policy", "The content's deletion policy."};
  SeriesWriter handle_{"kube_volumesnapshotcontent_status_handle_info", "The snapshot's handle in the backend."};
  SeriesWriter ready_{"kube_volumesnapshotcontent_status_ready_to_use",
                      "Whether the snapshot can be restored from; 0 also where the status does not say."};
  SeriesWriter created_{"kube_volumesnapshotcontent_created", "Unix creation timestamp of the object."};
  SeriesWriter deletion_{"kube_volumesnapshotcontent_deletion_timestamp", "Unix deletion timestamp of the object."};
  SeriesWriter size_{"kube_volumesnapshotcontent_status_restore_size_bytes",
                     "The least size of a volume restored from it."};
  SeriesWriter error_{"kube_volumesnapshotcontent_status_error", "Whether the status has an error."};
};

std::size_t wanted_objects(const ObjectSource& source, const ObjectMetricsOptions& options) {
  if (options.namespaces.empty()) return source.snapshot_count() + source.content_count();
  std::size_t wanted = 0;
  source.for_each_snapshot([&](const VolumeSnapshot& one) { wanted += is_wanted(options, one.meta.ns.get()) ? 1 : 0; });
  source.for_each_content(
      [&](const VolumeSnapshotContent& one) { wanted += is_wanted(options, one.snapshot.ns.get()) ? 1 : 0; });
  return wanted;
}

}  // namespace

std::string object_metrics(const ObjectSource& source, const ObjectMetricsOptions& options) {
  std::string out;
  if (!options.enabled) return out;
  const bool suppressed = options.max_objects > 0 && wanted_objects(source, options) > options.max_objects;
  if (!suppressed) {
    SnapshotSeries snapshots;
    source.for_each_snapshot([&](const VolumeSnapshot& one) {
      if (is_wanted(options, one.meta.ns.get())) snapshots.add(one);
    });
    snapshots.append_to(out);
    ContentSeries contents;
    source.for_each_content([&](const VolumeSnapshotContent& one) {
      if (is_wanted(options, one.snapshot.ns.get())) contents.add(one);
    });
    contents.append_to(out);
  }
  SeriesWriter flag("snaptrail_object_metrics_suppressed",
                    "1 while there are more objects than the object metrics' cap.");
  flag.add({}, suppressed ? std::int64_t{1} : std::int64_t{0});
  flag.append_to(out);
  return out;
}

}  // namespace snaptrail::serving
