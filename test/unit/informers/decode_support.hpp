#pragma once

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "informers/decoder.hpp"
#include "informers/recording.hpp"
#include "objects/instant.hpp"
#include "objects/types.hpp"

#include "test_data_path.hpp"

/// What the decoder's tests share: one-line decoding, and projected objects as comparable text.
namespace snaptrail::informers::test {

inline std::string when(objects::MaybeInstant at) { return at ? objects::format_rfc3339(*at) : "-"; }

/// Every field of a projected object, as text.
class Description {
 public:
  explicit Description(bool with_hashes) : with_hashes_(with_hashes) {}

  std::string of(const objects::Object& object) {
    text_.clear();
    add("kind", objects::to_string(objects::kind_of(object)));
    meta(objects::meta_of(object));
    std::visit([this](const auto& typed) { fields(typed); }, object);
    return text_;
  }

 private:
  void add(std::string_view name, std::string_view value) { text_ += fmt::format("{}={};", name, value); }
  void add(std::string_view name, const objects::Symbol& value) { add(name, std::string_view(value.get())); }
  void add(std::string_view name, objects::MaybeInstant at) { add(name, std::string_view(when(at))); }
  void number(std::string_view name, std::int64_t value) { text_ += fmt::format("{}={};", name, value); }
  template <class Enum>
  void code(std::string_view name, Enum value) {
    number(name, static_cast<std::int64_t>(value));
  }
  void ref(std::string_view name, const objects::ObjectRef& to) {
    text_ += fmt::format("{}={}/{}/{};", name, to.ns.get(), to.name, to.uid.str());
  }
  void error(const objects::StatusError& what) {
    text_ += fmt::format("error={}/{}/{};", what.present, what.message, when(what.time));
  }

  void meta(const objects::Meta& meta) {
    add("uid", std::string_view(meta.uid.str()));
    add("ns", meta.ns);
    add("name", std::string_view(meta.name));
    add("rv", std::string_view(meta.resource_version));
    add("created", meta.created);
    add("deleted", meta.deleted);
    add("backup", meta.velero.backup);
    add("restore", meta.velero.restore);
    add("schedule", meta.velero.schedule);
    add("for", std::string_view(meta.initiator.get().type));
    add("forBackup", std::string_view(meta.initiator.get().backup));
    add("forRestore", std::string_view(meta.initiator.get().restore));
    for (const auto& finalizer : meta.finalizers) add("finalizer", finalizer);
    for (const auto& entry : meta.managed_fields) {
      text_ += fmt::format("entry={}/{:x}/{:x}/{};", entry.manager.get(), entry.scope, with_hashes_ ? entry.fields : 0,
                           when(entry.time));
    }
  }
  void fields(const objects::VolumeSnapshot& it) {
    add("claim", std::string_view(it.source_claim));
    add("source", std::string_view(it.source_content));
    add("class", it.class_name);
    add("bound", std::string_view(it.bound_content));
    code("ready", it.ready);
    add("cut", it.cut);
    error(it.error);
    number("size", it.restore_size);
  }
  void fields(const objects::VolumeSnapshotContent& it) {
    code("policy", it.policy);
    add("driver", it.driver);
    add("class", it.class_name);
    ref("snapshot", it.snapshot);
    add("volume", std::string_view(it.source_volume_handle));
    add("source", std::string_view(it.source_snapshot_handle));
    add("handle", std::string_view(it.snapshot_handle));
    code("ready", it.ready);
    add("cut", it.cut);
    error(it.error);
    number("size", it.restore_size);
    number("creating", it.being_created);
    number("deleting", it.being_deleted);
  }
  void fields(const objects::VolumeSnapshotClass& it) {
    add("driver", it.driver);
    code("policy", it.policy);
    number("default", it.is_default);
    number("velero", it.velero_marked);
  }
  void fields(const objects::PersistentVolumeClaim& it) {
    add("class", it.storage_class);
    add("volume", std::string_view(it.volume_name));
    code("phase", it.phase);
    ref("source", it.source);
    add("provisioner", it.provisioner);
    number("node", it.selected_node);
    number("excluded", it.excluded_from_backup);
    add("rpo", it.rpo);
  }
  void fields(const objects::PersistentVolume& it) {
    code("phase", it.phase);
    add("since", it.phase_since);
    ref("claim", it.claim);
    add("driver", it.driver);
    add("handle", std::string_view(it.volume_handle));
    add("class", it.storage_class);
  }
  void fields(const objects::StorageClass& it) {
    add("provisioner", it.provisioner);
    number("wait", it.wait_for_first_consumer);
    number("default", it.is_default);
  }
  void fields(const objects::Namespace& it) { add("rpo", it.rpo); }
  void fields(const objects::Event& it) {
    add("about_kind", it.about_kind);
    ref("about", it.about);
    add("reason", it.reason);
    add("type", it.type);
    add("message", std::string_view(it.message));
    number("count", it.count);
    add("last", it.last);
  }
  void fields(const objects::Backup& it) {
    add("phase", it.phase);
    add("started", it.started);
    add("completed", it.completed);
    add("expires", it.expires);
    add("location", it.storage_location);
    for (const auto& ns : it.included_namespaces) add("includes", ns);
    for (const auto& ns : it.excluded_namespaces) add("excludes", ns);
    number("selective", it.selective);
    add("origin", it.non_admin_origin);
  }
  void fields(const objects::Restore& it) {
    add("of", std::string_view(it.backup_name));
    add("phase", it.phase);
    add("started", it.started);
    add("completed", it.completed);
  }

  void fields(const objects::Lease& it) {
    add("holder", std::string_view(it.holder));
    add("renewed", it.renewed);
    number("duration", it.duration_seconds);
  }
  void fields(const objects::CSIDriver&) {}
  void fields(const objects::ReferenceGrant& it) {
    for (const auto& ns : it.claim_namespaces) add("from", ns);
    number("all", it.all_snapshots);
    for (const auto& name : it.snapshots) add("to", std::string_view(name));
  }
  void fields(const objects::VolumeGroupSnapshot& it) {
    add("source", std::string_view(it.source_content));
    add("class", it.class_name);
    add("bound", std::string_view(it.bound_content));
    code("ready", it.ready);
    add("cut", it.cut);
    error(it.error);
  }
  void fields(const objects::VolumeGroupSnapshotContent& it) {
    code("policy", it.policy);
    add("driver", it.driver);
    add("class", it.class_name);
    ref("snapshot", it.group_snapshot);
    add("source", std::string_view(it.source_group_handle));
    add("handle", std::string_view(it.group_handle));
    for (const auto& member : it.members) {
      text_ += fmt::format("member={}/{};", member.snapshot_handle, member.volume_handle);
    }
    code("ready", it.ready);
    add("cut", it.cut);
    error(it.error);
  }
  void fields(const objects::VolumeGroupSnapshotClass& it) {
    add("driver", it.driver);
    code("policy", it.policy);
    number("default", it.is_default);
  }
  void fields(const objects::BackupStorageLocation& it) {
    add("phase", it.phase);
    number("default", it.is_default);
    number("readonly", it.read_only);
    add("validated", it.validated);
    add("message", std::string_view(it.message));
  }
  void fields(const objects::Schedule& it) {
    add("phase", it.phase);
    add("cron", std::string_view(it.cron));
    number("paused", it.paused);
    add("last", it.last_backup);
  }
  void fields(const objects::DeleteBackupRequest& it) {
    add("of", std::string_view(it.backup_name));
    add("phase", it.phase);
  }
  void fields(const objects::DataUpload& it) {
    transfer(it);
    add("snapshot", std::string_view(it.snapshot));
    add("driver", it.driver);
  }
  void fields(const objects::DataDownload& it) { transfer(it); }
  void fields(const objects::PodVolumeBackup& it) { transfer(it); }
  void fields(const objects::NonAdminBackup& it) {
    add("phase", it.phase);
    add("backup", std::string_view(it.velero_backup));
  }
  template <class T>
  void transfer(const T& it) {
    add("phase", it.phase);
    ref("claim", it.claim);
    add("id", std::string_view(it.snapshot_id));
    add("started", it.started);
    add("completed", it.completed);
    add("message", std::string_view(it.message));
  }

  bool with_hashes_;
  std::string text_;
};

inline std::string describe(const objects::Object& object, bool with_hashes = true) {
  return Description(with_hashes).of(object);
}

inline std::string describe(const Decoded& decoded, bool with_hashes = true) {
  if (const auto* event = std::get_if<ObjectEvent>(&decoded)) {
    return fmt::format("event {} {}", static_cast<int>(event->type), describe(event->object, with_hashes));
  }
  if (const auto* mark = std::get_if<Bookmark>(&decoded)) {
    return fmt::format("bookmark {} {}", mark->resource_version, mark->initial_events_end);
  }
  if (const auto* error = std::get_if<WatchError>(&decoded)) {
    return fmt::format("error {} {} {}", error->code, error->reason, error->message);
  }
  return "malformed " + std::get<Malformed>(decoded).why;
}

inline Decoded decode(objects::Kind kind, std::string_view line) { return WatchDecoder(kind).decode(line); }

inline std::string describe(objects::Kind kind, std::string_view line) { return describe(decode(kind, line)); }

/// The object of an ADDED event whose object has these members beside a name and a uid (`meta` in metadata).
template <class T>
T project(std::string_view meta, std::string_view members) {
  const objects::Kind kind = objects::kind_of(objects::Object(T()));
  const std::string line = fmt::format(
      R"({{"type":"ADDED","object":{{"kind":"{}","metadata":{{"name":"n","uid":"00000000-0000-0000-0000-000000000001"{}{}}}{}{}}}}})",
      objects::to_string(kind), meta.empty() ? "" : ",", meta, members.empty() ? "" : ",", members);
  const Decoded decoded = decode(kind, line);
  INFO(line);
  REQUIRE(std::holds_alternative<ObjectEvent>(decoded));
  return std::get<T>(std::get<ObjectEvent>(decoded).object);
}

inline std::filesystem::path recording_path(std::string_view name) {
  return std::filesystem::path(SNAPTRAIL_TEST_DATA) / "recordings" / name;
}

struct RecordedLineOf {
  objects::Kind kind;
  std::string event;
};

/// The watch events of a recording.
inline std::vector<RecordedLineOf> recorded_events(std::string_view name) {
  std::vector<RecordedLineOf> events;
  RecordingReader reader(recording_path(name));
  while (const auto line = reader.next()) {
    const auto* event = std::get_if<RecordedEvent>(&*line);
    if (event != nullptr && event->kind) events.push_back({*event->kind, std::string(event->event)});
  }
  return events;
}

}  // namespace snaptrail::informers::test
