#include <algorithm>

#include "reconcilers/diagnosis/examination.hpp"
#include "reconcilers/states.hpp"

/// Why a VolumeSnapshot isn't made.
namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::Millis;
using objects::PersistentVolume;
using objects::PersistentVolumeClaim;
using objects::Ready;
using objects::VolumeSnapshot;
using objects::VolumeSnapshotClass;
using objects::VolumeSnapshotContent;

/// The objects around a VolumeSnapshot; null where absent or not to be seen.
struct Scene {
  objects::Held<VolumeSnapshotContent> content;
  const VolumeSnapshotClass* snapshot_class = nullptr;
  objects::Held<PersistentVolumeClaim> claim;
  objects::Held<PersistentVolume> volume;
};

Scene scene_of(const DiagnosisView& view, const VolumeSnapshot& snapshot) {
  Scene scene;
  scene.content = view.tracker.relations().content_of(snapshot);
  scene.snapshot_class = view.cluster.snapshot_class(snapshot.class_name.get());
  if (!snapshot.source_claim.empty()) {
    scene.claim = view.cluster.claim(snapshot.meta.ns.get(), snapshot.source_claim);
  }
  if (scene.claim && !scene.claim->volume_name.empty()) scene.volume = view.cluster.volume(scene.claim->volume_name);
  return scene;
}

std::size_t default_classes(const ClusterView& cluster, std::string_view driver) {
  std::size_t count = 0;
  cluster.for_each([&](const VolumeSnapshotClass& snapshot_class) {
    if (snapshot_class.is_default && snapshot_class.driver.get() == driver) ++count;
  });
  return count;
}

/// A claim that is not usable as a source. Whether there is anything to say, now or later.
bool examine_claim(Examination& exam, const VolumeSnapshot& snapshot, const Scene& scene, Instant since) {
  const ObjectName name = name_of("PersistentVolumeClaim", snapshot.meta.ns.get(), snapshot.source_claim);
  if (!scene.claim || scene.claim->meta.deleted) {
    const bool can_tell = exam.view.cluster.synced(Kind::PersistentVolumeClaim, snapshot.meta.ns.get());
    if (!scene.claim && !can_tell) return false;
    if (!exam.passed(since, kGrace)) return true;
    Finding& finding = exam.add(Reason::SourceClaimGone, since);
    finding.blocking.push_back(name);
    finding.evidence.push_back(field_evidence("spec.source.persistentVolumeClaimName", snapshot.source_claim));
    if (scene.claim) {
      finding.evidence.push_back(
          field_evidence(label_of("PersistentVolumeClaim", scene.claim->meta) + " metadata.deletionTimestamp", "set",
                         scene.claim->meta.deleted));
    }
    return true;
  }
  if (scene.claim->phase == objects::ClaimPhase::Bound || scene.claim->phase == objects::ClaimPhase::None) return false;
  if (!exam.passed(since, kRetryGrace)) return true;
  Finding& finding = exam.add(Reason::SourceClaimUnbound, since);
  finding.blocking.push_back(name);
  const bool lost = scene.claim->phase == objects::ClaimPhase::Lost;
  finding.evidence.push_back(field_evidence(label_of("PersistentVolumeClaim", scene.claim->meta) + " status.phase",
                                            lost ? "Lost" : "Pending"));
  return true;
}

bool examine_class(Examination& exam, const VolumeSnapshot& snapshot, const Scene& scene, Instant since) {
  if (!exam.view.cluster.synced(Kind::VolumeSnapshotClass)) return false;
  if (!snapshot.class_name.get().empty()) {
    if (scene.snapshot_class) return false;
    if (!exam.passed(since, kGrace)) return true;
    Finding& finding = exam.add(Reason::SnapshotClassNotFound, since);
    finding.blocking.push_back(name_of("VolumeSnapshotClass", "", snapshot.class_name.get()));
    finding.evidence.push_back(field_evidence("spec.volumeSnapshotClassName", snapshot.class_name.get()));
    return true;
  }
  if (!scene.volume || scene.volume->driver.get().empty()) return false;
  const std::size_t defaults = default_classes(exam.view.cluster, scene.volume->driver.get());
  if (defaults == 1) return false;
  if (!exam.passed(since, kGrace)) return true;
  Finding& finding = exam.add(Reason::NoSingleDefaultClass, since);
  finding.evidence.push_back(field_evidence("spec.volumeSnapshotClassName", "unset"));
  finding.evidence.push_back(field_evidence("default VolumeSnapshotClasses of driver " + scene.volume->driver.get(),
                                            std::to_string(defaults)));
  return true;
}

/// The volume can't be snapshotted at all, or not by that class.
bool examine_driver(Examination& exam, const Scene& scene, Instant since) {
  if (!scene.volume) return false;
  const std::string& of_volume = scene.volume->driver.get();
  if (of_volume.empty()) {
    if (!exam.passed(since, kGrace)) return true;
    Finding& finding = exam.add(Reason::VolumeNotCsi, since);
    finding.blocking.push_back(name_of("PersistentVolume", scene.volume->meta));
    finding.evidence.push_back(
        field_evidence(label_of("PersistentVolume", scene.volume->meta) + " spec.csi", "absent"));
    return true;
  }
  const std::string& by_content = scene.content ? scene.content->driver.get() : std::string();
  const std::string of_class = !by_content.empty()    ? by_content
                               : scene.snapshot_class ? scene.snapshot_class->driver.get()
                                                      : std::string();
  if (of_class.empty() || of_class == of_volume) return false;
  Finding& finding = exam.add(Reason::DriverMismatch, since);
  if (scene.content) {
    finding.blocking.push_back(name_of("VolumeSnapshotContent", scene.content->meta));
    finding.evidence.push_back(
        field_evidence(label_of("VolumeSnapshotContent", scene.content->meta) + " spec.driver", by_content));
  } else {
    finding.blocking.push_back(name_of("VolumeSnapshotClass", scene.snapshot_class->meta));
    finding.evidence.push_back(
        field_evidence(label_of("VolumeSnapshotClass", scene.snapshot_class->meta) + " driver", of_class));
  }
  finding.evidence.push_back(
      field_evidence(label_of("PersistentVolume", scene.volume->meta) + " spec.csi.driver", of_volume));
  return true;
}

/// A content that is named and isn't there, or isn't this snapshot's.
bool examine_binding(Examination& exam, const VolumeSnapshot& snapshot, const Scene& scene, Instant since) {
  const bool bound = !snapshot.bound_content.empty();
  const std::string& name = bound ? snapshot.bound_content : snapshot.source_content;
  if (name.empty() || scene.content || !exam.view.cluster.synced(Kind::VolumeSnapshotContent)) return false;
  if (!exam.passed(since, kGrace)) return true;
  const auto other = exam.view.cluster.content(name);
  const bool elsewhere = !other && exam.view.cluster.exists_elsewhere(Kind::VolumeSnapshotContent, name);
  Finding& finding = exam.add(other || elsewhere ? Reason::ContentMisbound : Reason::ContentMissing, since);
  finding.blocking.push_back(name_of("VolumeSnapshotContent", "", name));
  finding.evidence.push_back(
      field_evidence(bound ? "status.boundVolumeSnapshotContentName" : "spec.source.volumeSnapshotContentName", name));
  if (other) {
    finding.evidence.push_back(
        field_evidence(label_of("VolumeSnapshotContent", other->meta) + " spec.volumeSnapshotRef",
                       other->snapshot.ns.get() + "/" + other->snapshot.name));
  } else if (elsewhere) {
    finding.evidence.push_back(field_evidence("VolumeSnapshotContent " + name + " spec.volumeSnapshotRef",
                                              "an object of a namespace that is not followed"));
  }
  return true;
}

/// What was said that the objects don't contradict: a text stays until the next try, also when its cause is gone.
void ignore_outdated(Listener& listener, const DiagnosisView& view, const VolumeSnapshot& snapshot,
                     const Scene& scene) {
  if (scene.snapshot_class || scene.content) listener.ignore(Reason::SnapshotClassNotFound);
  if (!snapshot.class_name.get().empty() ||
      (scene.volume && default_classes(view.cluster, scene.volume->driver.get()) == 1)) {
    listener.ignore(Reason::NoSingleDefaultClass);
  }
  if (scene.claim && !scene.claim->meta.deleted) listener.ignore(Reason::SourceClaimGone);
  if (scene.claim && scene.claim->phase == objects::ClaimPhase::Bound) listener.ignore(Reason::SourceClaimUnbound);
  if (scene.volume && !scene.volume->driver.get().empty()) listener.ignore(Reason::VolumeNotCsi);
  if (scene.content) {
    listener.ignore(Reason::ContentMissing);
    listener.ignore(Reason::SourceClaimUnbound);
  }
}

Instant error_since(const DiagnosisView& view, const VolumeSnapshot& snapshot, const Scene& scene, Instant phase) {
  Instant since = phase;
  bool found = false;
  const auto consider = [&](const objects::Meta& meta, const objects::StatusError& error) {
    if (!error.present) return;
    const Instant at = state_since(view, meta, error.time);
    since = found ? std::min(since, at) : at;
    found = true;
  };
  consider(snapshot.meta, snapshot.error);
  if (scene.content) consider(scene.content->meta, scene.content->error);
  return since;
}

/// What drivers, sidecars and controllers say.
bool examine_messages(Examination& exam, const VolumeSnapshot& snapshot, const Scene& scene, Instant since) {
  Listener listener(exam.view, Call::CreateSnapshot);
  ignore_outdated(listener, exam.view, snapshot, scene);
  const bool has_handle = scene.content && !scene.content->snapshot_handle.empty();
  const objects::MaybeInstant cut = has_handle ? cut_time(exam.view, *scene.content) : objects::MaybeInstant();
  if (scene.content && !is_outdated(scene.content->error, cut)) {
    listener.status(scene.content->error,
                    label_of("VolumeSnapshotContent", scene.content->meta) + " status.error.message");
  }
  if (!is_outdated(snapshot.error, cut)) listener.status(snapshot.error, "status.error.message");
  // The cut is as exact as Events are; `since` is what was observed.
  objects::MaybeInstant not_before;
  if (has_handle) not_before = cut ? std::max(since, *cut + Millis{1'000}) : since;
  if (scene.content) listener.events(scene.content->meta.uid, not_before);
  // What hindered the binding is over with it, though nobody takes an Event back.
  const bool is_bound = scene.content && scene.content->meta.created;
  const Instant bound = is_bound ? *scene.content->meta.created + Millis{1'000} : Instant{};
  listener.events(snapshot.meta.uid,
                  !is_bound ? not_before : objects::MaybeInstant(not_before ? std::max(bound, *not_before) : bound));
  const Attempt* attempt = scene.content ? exam.view.history.attempt(scene.content->meta.uid) : nullptr;
  if (!listener.said() && attempt && attempt->cut == has_handle) {
    listener.earlier_tries(
        *attempt, label_of("VolumeSnapshotContent", scene.content->meta) + " status.error.message of every try so far");
  }
  const Said* said = listener.said();
  if (!said) return false;
  const Instant error = error_since(exam.view, snapshot, scene, since);
  Finding* finding = report_said(exam, *said, failing_since(attempt, said->verdict.reason, error));
  if (finding && scene.content) finding->blocking.push_back(name_of("VolumeSnapshotContent", scene.content->meta));
  return true;
}

}  // namespace

void examine_creation(Examination& exam, const VolumeSnapshot& snapshot) {
  const Scene scene = scene_of(exam.view, snapshot);
  const Instant since = state_since(exam.view, snapshot.meta, snapshot.meta.created);
  if (examine_binding(exam, snapshot, scene, since)) return;
  if (!snapshot.source_claim.empty()) {
    if (examine_driver(exam, scene, since)) return;
    if (!scene.content) {
      if (examine_class(exam, snapshot, scene, since)) return;
      if (examine_claim(exam, snapshot, scene, since)) return;
    }
  }
  // An error that hasn't stood for its grace yet leaves room for what holds at this moment.
  const bool failing = examine_messages(exam, snapshot, scene, since);
  if (scene.content && !exam.has_findings()) examine_content_creation(exam, *scene.content, failing);
  if (!exam.has_findings()) examine_controller(exam, snapshot, scene.content.get(), since);
}

Diagnosis diagnose(const DiagnosisView& view, const VolumeSnapshot& snapshot) {
  Examination exam(view, Kind::VolumeSnapshot, snapshot.meta);
  const Relations relations = view.tracker.relations().of(snapshot);
  exam.driver = relations.driver;
  exam.class_name = relations.class_name;
  exam.values["class"] = relations.class_name;
  exam.values["content"] = relations.content;
  exam.values["claim"] = snapshot.source_claim;
  const auto claim = view.cluster.claim(snapshot.meta.ns.get(), snapshot.source_claim);
  if (claim) exam.values["volume"] = claim->volume_name;
  if (exam.driver.empty() && claim) {
    const auto volume = view.cluster.volume(claim->volume_name);
    if (volume) exam.driver = volume->driver.get();
  }
  if (snapshot.meta.deleted) {
    examine_deletion(exam, snapshot);
  } else if (snapshot.ready != Ready::True) {
    examine_creation(exam, snapshot);
    examine_membership(exam, snapshot);
    examine_backup_timeout(exam, snapshot);
  }
  examine_hazards(exam, snapshot);
  return exam.finish();
}

}  // namespace snaptrail::reconcilers
