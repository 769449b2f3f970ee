#include "informers/projection.hpp"

#include <cstring>
#include <limits>

#include "informers/rules.hpp"
#include "informers/same_text.hpp"
#include "informers/token_hash.hpp"

namespace snaptrail::informers {
namespace {

using objects::Kind;
using rules::NodeId;
using rules::Tree;

/// Whose makers leave marks (objects/initiator.hpp).
bool has_initiator(Kind kind) { return kind == Kind::VolumeSnapshot || kind == Kind::PersistentVolumeClaim; }

void add_identity(Tree& tree, NodeId metadata) {
  tree.at({"uid"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->uid = objects::Uid::parse(value.text).value_or(objects::Uid());
  };
  tree.at({"namespace"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->ns = draft.symbols.of(value.text);
  };
  tree.at({"name"}, metadata).set = [](Draft& draft, const Scalar& value) { draft.meta->name = value.text; };
  tree.at({"resourceVersion"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->resource_version = value.text;
  };
  tree.at({"creationTimestamp"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->created = draft.times.of(value.text);
  };
  tree.at({"deletionTimestamp"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->deleted = draft.times.of(value.text);
  };
}

void add_marks(Tree& tree, NodeId metadata) {
  tree.at({rules::kLabels, "velero.io/backup-name"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->velero.backup = draft.symbols.of(value.text);
  };
  tree.at({rules::kLabels, "velero.io/restore-name"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->velero.restore = draft.symbols.of(value.text);
  };
  tree.at({rules::kLabels, "velero.io/schedule-name"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->velero.schedule = draft.symbols.of(value.text);
  };
  // What Argo CD's label tracking and Flux put on all that they own (argocd-cm application.instanceLabelKey; Flux's
  // kustomize-controller and helm-controller).
  for (const std::string_view label :
       {"argocd.argoproj.io/instance", "kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"}) {
    tree.at({rules::kLabels, label}, metadata).set = [](Draft& draft, const Scalar& value) {
      if (!value.text.empty()) draft.meta->gitops = draft.symbols.of(value.text);
    };
  }
  tree.at({rules::kAnnotations, "snaptrail.io/stuck-after"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.meta->stuck_after = draft.symbols.of(value.text);
  };
  // A bookmark's, by KEP-3157: the list that was asked for with sendInitialEvents is complete.
  tree.at({rules::kAnnotations, "k8s.io/initial-events-end"}, metadata).set = [](Draft& draft, const Scalar& value) {
    draft.initial_events_end = value.text == "true";
  };
}

void add_finalizers(Tree& tree, NodeId metadata) {
  tree.at({"finalizers", Tree::kEach}, metadata).set = [](Draft& draft, const Scalar& value) {
    if (value.type == Scalar::Type::Text) draft.meta->finalizers.push_back(draft.symbols.of(value.text));
  };
  auto& list = tree.at({"finalizers"}, metadata);
  list.enter = [](Draft& draft) { draft.meta->finalizers.clear(); };
  list.set = [](Draft& draft, const Scalar&) { draft.meta->finalizers.clear(); };
}

void begin_entry(Draft& draft) {
  draft.manager = &draft.symbols.of({});
  draft.fields = draft.operation = draft.subresource = draft.api_version = 0;
  draft.fields_time = {};
}

void end_entry(Draft& draft) {
  TokenHash scope;
  scope.add(TokenHash::Token::Number, draft.operation);
  scope.add(TokenHash::Token::Number, draft.subresource);
  scope.add(TokenHash::Token::Number, draft.api_version);
  auto& entries = draft.meta->managed_fields;
  if (entries.empty()) entries.reserve(draft.usual_entries);
  entries.push_back({*draft.manager, scope.value(), draft.fields, draft.fields_time});
}

/// An absent member and an empty one are the same (`subresource` is left out by the API).
std::uint64_t hash_of(const Scalar& value) { return value.text.empty() ? 0 : TokenHash::of(value.text); }

void add_managed_fields(Tree& tree, NodeId metadata) {
  const NodeId entry = tree.id({"managedFields", Tree::kEach}, metadata);
  tree.at({"manager"}, entry).set = [](Draft& draft, const Scalar& value) {
    draft.manager = &draft.symbols.of(value.text);
  };
  tree.at({"operation"}, entry).set = [](Draft& draft, const Scalar& value) { draft.operation = hash_of(value); };
  tree.at({"subresource"}, entry).set = [](Draft& draft, const Scalar& value) { draft.subresource = hash_of(value); };
  tree.at({"apiVersion"}, entry).set = [](Draft& draft, const Scalar& value) { draft.api_version = hash_of(value); };
  tree.at({"time"}, entry).set = [](Draft& draft, const Scalar& value) {
    draft.fields_time = draft.times.of(value.text);
  };
  auto& fields = tree.at({"fieldsV1"}, entry);
  fields.hashed = [](Draft& draft, std::uint64_t hash) { draft.fields = hash; };
  fields.set = [](Draft& draft, const Scalar&) { draft.fields = 0; };

  tree.at({}, entry).enter = begin_entry;
  tree.at({}, entry).leave = end_entry;
  auto& list = tree.at({"managedFields"}, metadata);
  list.enter = [](Draft& draft) { draft.meta->managed_fields.clear(); };
  list.set = [](Draft& draft, const Scalar&) { draft.meta->managed_fields.clear(); };
}

/// kind and apiVersion, and a Status' members, which stand where an object's do.
void add_type_and_status(Tree& tree, NodeId root) {
  tree.at({"kind"}, root).set = [](Draft& draft, const Scalar& value) {
    draft.kind_name = named(value, objects::to_string(draft.kind));
  };
  tree.at({"apiVersion"}, root).set = [](Draft& draft, const Scalar& value) {
    Scalar group = value;
    const std::size_t slash = value.text.find('/');
    group.text = slash == std::string_view::npos ? std::string_view() : value.text.substr(0, slash);
    draft.group = named(group, objects::resource_of(draft.kind).group);
  };
  tree.at({"code"}, root).set = [](Draft& draft, const Scalar& value) {
    const bool fits =
        value.type == Scalar::Type::Integer && value.integer >= 0 && value.integer <= std::numeric_limits<int>::max();
    draft.code = fits ? static_cast<int>(value.integer) : 0;
  };
  tree.at({"reason"}, root).set = [](Draft& draft, const Scalar& value) { draft.reason = value.text; };
  tree.at({"message"}, root).set = [](Draft& draft, const Scalar& value) { draft.message = value.text; };
}

}  // namespace

const objects::Symbol& SymbolCache::of(std::string_view text) {
  if (text.empty()) return empty_;
  objects::Symbol& slot = slots_[TokenHash::of(text) % slots_.size()];
  if (!same_text(slot.get(), text)) slot = objects::Symbol(std::string(text));
  return slot;
}

objects::MaybeInstant TimeCache::of(std::string_view text) {
  // Whole seconds in UTC, as the API writes nearly all of them; the rest is read each time.
  if (text.size() != kSize) return objects::parse_rfc3339(text);
  for (const Entry& entry : entries_) {
    if (same_text({entry.text.data(), kSize}, text)) return entry.at;
  }
  Entry& entry = entries_[next_++ % entries_.size()];
  std::memcpy(entry.text.data(), text.data(), kSize);
  entry.at = objects::parse_rfc3339(text);
  return entry.at;
}

Draft::Named named(const Scalar& value, std::string_view expected) {
  if (value.type == Scalar::Type::Null) return Draft::Named::Absent;
  const bool as_asked = value.type == Scalar::Type::Text && value.text == expected;
  return as_asked ? Draft::Named::AsAsked : Draft::Named::Otherwise;
}

void Draft::begin(objects::Object& into) {
  object = &into;
  std::visit([this](auto& alternative) { typed = &alternative, meta = &alternative.meta; }, into);
  seen = false;
  kind_name = group = Named::Absent;
  initial_events_end = false;
  code = 0;
  reason.clear();
  message.clear();
  if (has_initiator(kind)) {
    for (std::string& mark : marks) mark.clear();
  }
  if (kind == Kind::PersistentVolumeClaim) {
    source = source_ref = DataSource();
    beta_provisioner = symbols.of({});
  } else if (kind == Kind::Event) {
    event_times.fill({});
    count = series_count = std::nullopt;
    own_event = false;
  } else if (kind == Kind::Backup) {
    reference = Reference();
  }
}

void Draft::restart() {
  if (seen) {
    *object = blank;
    begin(*object);
  }
  seen = true;
}

const char* Draft::finish() {
  if (is_foreign()) return "an object of another kind";
  if (!meta->uid) return "no usable metadata.uid";
  if (meta->name.empty()) return "no usable metadata.name";
  if (has_initiator(kind)) rules::finish_initiator(*this);
  if (kind == Kind::PersistentVolumeClaim) rules::finish_claim(*this);
  if (kind == Kind::Event) rules::finish_event(*this);
  if (kind == Kind::Backup) rules::finish_backup(*this);
  auto& entries = meta->managed_fields;
  usual_entries = entries.size();
  if (entries.capacity() > entries.size()) entries.shrink_to_fit();  // objects are kept for long
  return nullptr;
}

void add_object_rules(Tree& tree, NodeId root, Kind kind) {
  const NodeId metadata = tree.id({"metadata"}, root);
  add_identity(tree, metadata);
  add_marks(tree, metadata);
  add_finalizers(tree, metadata);
  add_managed_fields(tree, metadata);
  add_type_and_status(tree, root);
  if (has_initiator(kind)) rules::add_initiator(tree, root);
  switch (kind) {
    case Kind::VolumeSnapshot: return rules::add_snapshot(tree, root);
    case Kind::VolumeSnapshotContent: return rules::add_content(tree, root);
    case Kind::VolumeSnapshotClass: return rules::add_snapshot_class(tree, root);
    case Kind::PersistentVolumeClaim: return rules::add_claim(tree, root);
    case Kind::PersistentVolume: return rules::add_volume(tree, root);
    case Kind::StorageClass: return rules::add_storage_class(tree, root);
    case Kind::Namespace: return rules::add_namespace(tree, root);
    case Kind::Event: return rules::add_event(tree, root);
    case Kind::Backup: return rules::add_backup(tree, root);
    case Kind::Restore: return rules::add_restore(tree, root);
    case Kind::Lease: return rules::add_lease(tree, root);
    case Kind::CSIDriver: return;
    case Kind::ReferenceGrant: return rules::add_reference_grant(tree, root);
    case Kind::VolumeGroupSnapshot: return rules::add_group_snapshot(tree, root);
    case Kind::VolumeGroupSnapshotContent: return rules::add_group_content(tree, root);
    case Kind::VolumeGroupSnapshotClass: return rules::add_group_class(tree, root);
    case Kind::BackupStorageLocation: return rules::add_backup_location(tree, root);
    case Kind::Schedule: return rules::add_schedule(tree, root);
    case Kind::DeleteBackupRequest: return rules::add_delete_request(tree, root);
    case Kind::DataUpload: return rules::add_data_upload(tree, root);
    case Kind::DataDownload: return rules::add_data_download(tree, root);
    case Kind::PodVolumeBackup: return rules::add_pod_volume_backup(tree, root);
    case Kind::NonAdminBackup: return rules::add_non_admin_backup(tree, root);
  }
}

}  // namespace snaptrail::informers
