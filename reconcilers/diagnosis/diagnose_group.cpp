#include <algorithm>
#include <optional>

#include "reconcilers/diagnosis/examination.hpp"

/// Why a VolumeGroupSnapshot isn't made or deleted, and what that means to its members.
namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::Ready;
using objects::VolumeGroupSnapshot;
using objects::VolumeGroupSnapshotClass;
using objects::VolumeGroupSnapshotContent;
using objects::VolumeSnapshot;

constexpr std::string_view kGroup = "VolumeGroupSnapshot";
constexpr std::string_view kGroupContent = "VolumeGroupSnapshotContent";

std::string content_command(const VolumeGroupSnapshotContent& content) {
  return "kubectl describe volumegroupsnapshotcontent " + shell_quoted(content.meta.name);
}

/// Whether the content is that group's; a reference without a UID is by name.
bool is_of(const VolumeGroupSnapshotContent& content, const VolumeGroupSnapshot& group) {
  const objects::ObjectRef& ref = content.group_snapshot;
  if (ref.uid) return ref.uid == group.meta.uid;
  return ref.ns == group.meta.ns && ref.name == group.meta.name;
}

/// The group's content: the one that it names, else the one that names it.
const VolumeGroupSnapshotContent* content_of(const ClusterView& cluster, const VolumeGroupSnapshot& group) {
  const std::string& name = group.bound_content.empty() ? group.source_content : group.bound_content;
  if (!name.empty()) {
    const auto* content = cluster.group_content(name);
    return content && is_of(*content, group) ? content : nullptr;
  }
  const VolumeGroupSnapshotContent* found = nullptr;
  cluster.for_each([&](const VolumeGroupSnapshotContent& content) {
    if (content.group_snapshot.uid && content.group_snapshot.uid == group.meta.uid) found = &content;
  });
  return found;
}

/// When the group last changed. Groups have no rows, so that what is missing counts from here on: streams are independent.
Instant last_written(const DiagnosisView& view, const objects::Meta& meta) {
  Instant last = state_since(view, meta, meta.created);
  for (const auto& entry : meta.managed_fields) {
    if (entry.time && *entry.time <= view.now) last = std::max(last, *entry.time);
  }
  return last;
}

bool examine_binding(Examination& exam, const VolumeGroupSnapshot& group, const VolumeGroupSnapshotContent* content,
                     Instant since) {
  const bool bound = !group.bound_content.empty();
  const std::string& name = bound ? group.bound_content : group.source_content;
  if (name.empty() || content || !exam.view.cluster.synced(Kind::VolumeGroupSnapshotContent)) return false;
  if (!exam.passed(since, kGrace)) return true;
  const auto* other = exam.view.cluster.group_content(name);
  // One that belongs to a namespace that isn't followed is there all the same, and another group's.
  const bool there = other || exam.view.cluster.exists_elsewhere(Kind::VolumeGroupSnapshotContent, name);
  Finding& finding = exam.add(there ? Reason::ContentMisbound : Reason::ContentMissing, since);
  finding.blocking.push_back(name_of(kGroupContent, "", name));
  finding.evidence.push_back(field_evidence(
      bound ? "status.boundVolumeGroupSnapshotContentName" : "spec.source.volumeGroupSnapshotContentName", name));
  if (other) {
    finding.evidence.push_back(field_evidence(label_of(kGroupContent, other->meta) + " spec.volumeGroupSnapshotRef",
                                              other->group_snapshot.ns.get() + "/" + other->group_snapshot.name));
  }
  finding.fix = {there ? "Make content and group anew, with spec.volumeGroupSnapshotRef and "
                         "spec.source.volumeGroupSnapshotContentName naming each other."
                       : "If the group still exists in the backend, import it anew with its handles; else delete this "
                         "VolumeGroupSnapshot.",
                 "kubectl get volumegroupsnapshotcontent " + shell_quoted(name) + " -o yaml"};
  return true;
}

/// The class of a group that has no content yet.
bool examine_class(Examination& exam, const VolumeGroupSnapshot& group, Instant since) {
  const ClusterView& cluster = exam.view.cluster;
  if (!cluster.synced(Kind::VolumeGroupSnapshotClass)) return false;
  const std::string& name = group.class_name.get();
  constexpr std::string_view kCommand = "kubectl get volumegroupsnapshotclasses";
  if (!name.empty()) {
    if (cluster.group_class(name)) return false;
    if (!exam.passed(since, kGrace)) return true;
    Finding& finding = exam.add(Reason::SnapshotClassNotFound, since);
    finding.blocking.push_back(name_of("VolumeGroupSnapshotClass", "", name));
    finding.evidence.push_back(field_evidence("spec.volumeGroupSnapshotClassName", name));
    finding.fix = {"Name a class that exists and has the driver of the volumes, or create it.", std::string(kCommand)};
    return true;
  }
  bool has_default = false;
  cluster.for_each([&](const VolumeGroupSnapshotClass& one) { has_default = has_default || one.is_default; });
  // Of several only the controller knows which have the driver of the volumes that the selector selects.
  if (has_default) return false;
  if (!exam.passed(since, kGrace)) return true;
  Finding& finding = exam.add(Reason::NoSingleDefaultClass, since);
  finding.evidence.push_back(field_evidence("spec.volumeGroupSnapshotClassName", "unset"));
  finding.evidence.push_back(field_evidence("default VolumeGroupSnapshotClasses", "0"));
  finding.fix = {
      "Give one class of the volumes' driver the annotation "
      "groupsnapshot.storage.kubernetes.io/is-default-class=true, or name a class in "
      "spec.volumeGroupSnapshotClassName.",
      std::string(kCommand)};
  return true;
}

/// What controller, sidecar and driver say. Events about groups aren't watched: their texts are in the statuses too.
bool examine_messages(Examination& exam, const VolumeGroupSnapshot* group, const VolumeGroupSnapshotContent* content,
                      Call call, Instant since) {
  Listener listener(exam.view, call);
  if (content) {
    listener.ignore(Reason::ContentMissing);
    listener.ignore(Reason::SourceClaimUnbound);
  }
  // A text stands until the next try, also when its cause is gone.
  if (content || (group && exam.view.cluster.group_class(group->class_name.get()))) {
    listener.ignore(Reason::SnapshotClassNotFound);
    listener.ignore(Reason::NoSingleDefaultClass);
  }
  if (content) listener.status(content->error, label_of(kGroupContent, content->meta) + " status.error.message");
  if (group) listener.status(group->error, "status.error.message");
  const Said* said = listener.said();
  if (!said) return false;
  Instant begun = since;
  if (said->evidence.at) begun = std::max(begun, std::min(*said->evidence.at, exam.view.now));
  Finding* finding = report_said(exam, *said, begun);
  if (!finding) return true;
  if (call == Call::DeleteSnapshot && finding->reason == Reason::Unknown) finding->reason = Reason::ContentHeld;
  if (content) {
    finding->blocking.push_back(name_of(kGroupContent, content->meta));
    finding->fix = {fill_fix(finding->reason, exam.values).text, content_command(*content)};
  } else {
    finding->fix = {fill_fix(finding->reason, exam.values).text, "kubectl describe volumegroupsnapshot -n " +
                                                                     shell_quoted(exam.values["ns"]) + " " +
                                                                     shell_quoted(exam.values["name"])};
  }
  if (finding->reason == Reason::SecretMissing) {
    finding->fix.text =
        "Create the Secret that the VolumeGroupSnapshotClass names in "
        "csi.storage.k8s.io/group-snapshotter-secret-name and -namespace, or correct the class.";
    finding->fix.command = "kubectl get volumegroupsnapshotclasses -o yaml";
  }
  return true;
}

void examine_controller(Examination& exam, const VolumeGroupSnapshot& group, const VolumeGroupSnapshotContent* content,
                        Instant since) {
  const bool mirroring = content && !group.bound_content.empty();
  if (mirroring && content->ready != Ready::True) return;
  // When the content became ready isn't known: from its cut on, for the longest that an upload may take.
  const auto after = exam.limit(mirroring ? Phase::Mirroring : Phase::Binding).after;
  const Instant from =
      mirroring ? state_since(exam.view, content->meta, content->cut ? content->cut : content->meta.created) : since;
  const auto slack = mirroring ? exam.limit(Phase::Uploading).after : objects::Millis{0};
  if (!exam.passed(from, after + slack)) return;
  Finding& finding = exam.add(Reason::SnapshotControllerAbsent, from);
  finding.evidence.push_back(mirroring ? field_evidence("status.readyToUse", "not true, although the content's is")
                                       : field_evidence("status.boundVolumeGroupSnapshotContentName", "absent"));
  finding.fix = {"See whether the snapshot-controller runs, with --feature-gates=CSIVolumeGroupSnapshot=true.",
                 "kubectl get pods,leases -A | grep snapshot-controller"};
}

std::string joined(const std::vector<objects::Symbol>& finalizers) {
  std::string text;
  for (const auto& finalizer : finalizers) text += (text.empty() ? "" : ", ") + finalizer.get();
  return text;
}

void examine_group_deletion(Examination& exam, const VolumeGroupSnapshot& group,
                            const VolumeGroupSnapshotContent* content) {
  const Instant since = state_since(exam.view, group.meta, group.meta.deleted);
  const bool goes_with_it = content && content->meta.deleted;
  if (goes_with_it && examine_messages(exam, nullptr, content, Call::DeleteSnapshot, since)) return;
  if (group.meta.finalizers.empty() || !exam.passed(since, exam.limit(Phase::Deleting).after)) return;
  Finding& finding = exam.add(goes_with_it ? Reason::ContentHeld : Reason::FinalizerStuck, since);
  exam.values["finalizers"] = joined(group.meta.finalizers);
  if (goes_with_it) {
    finding.blocking.push_back(name_of(kGroupContent, content->meta));
    finding.evidence.push_back(field_evidence(label_of(kGroupContent, content->meta) + " metadata.finalizers",
                                              joined(content->meta.finalizers)));
    finding.fix = {fill_fix(finding.reason, exam.values).text, content_command(*content)};
  }
  finding.evidence.push_back(field_evidence("metadata.finalizers", joined(group.meta.finalizers)));
  finding.evidence.push_back(field_evidence("metadata.deletionTimestamp", "set", group.meta.deleted));
}

/// What is wrong with the group, and is no hazard.
const Finding* cause_in(const Diagnosis& diagnosis) {
  const auto found =
      std::ranges::find_if(diagnosis.findings, [](const Finding& one) { return one.category != Category::Hazard; });
  return found == diagnosis.findings.end() ? nullptr : &*found;
}

}  // namespace

Diagnosis diagnose(const DiagnosisView& view, const VolumeGroupSnapshot& group) {
  Examination exam(view, Kind::VolumeGroupSnapshot, group.meta);
  const auto* content = content_of(view.cluster, group);
  exam.class_name = group.class_name.get();
  if (content) {
    exam.driver = content->driver.get();
  } else if (const auto* group_class = view.cluster.group_class(exam.class_name)) {
    exam.driver = group_class->driver.get();
  }
  exam.values["class"] = exam.class_name;
  exam.values["content"] = content ? content->meta.name : group.bound_content;
  const Instant since = state_since(view, group.meta, group.meta.created);
  if (group.meta.deleted) {
    examine_group_deletion(exam, group, content);
  } else if (group.ready != Ready::True) {
    const Instant written = last_written(view, group.meta);
    if (examine_binding(exam, group, content, written)) return exam.finish();
    if (!content && group.source_content.empty() && examine_class(exam, group, written)) return exam.finish();
    const bool failing = examine_messages(exam, &group, content, Call::CreateSnapshot, since);
    if (!failing && content) examine_group_content(exam, *content);
    if (!failing && !exam.has_findings()) examine_controller(exam, group, content, since);
  }
  return exam.finish();
}

Diagnosis diagnose(const DiagnosisView& view, const VolumeGroupSnapshotContent& content) {
  Examination exam(view, Kind::VolumeGroupSnapshotContent, content.meta);
  exam.driver = content.driver.get();
  exam.class_name = content.class_name.get();
  exam.values["class"] = exam.class_name;
  exam.values["content"] = content.meta.name;
  const auto* group = view.cluster.group_snapshot(content.group_snapshot.ns.get(), content.group_snapshot.name);
  const bool there = group && is_of(content, *group);
  if (there) {
    // What keeps it is told of the group: one cause, one finding. But who deletes it alone waits for the group.
    if (!content.meta.deleted || group->meta.deleted) return exam.finish();
    const Instant since = state_since(view, content.meta, content.meta.deleted);
    if (!exam.passed(since, kRetryGrace)) return exam.finish();
    Finding& finding = exam.add(Reason::ContentHeld, since);
    finding.blocking.push_back(name_of(kGroup, group->meta));
    finding.evidence.push_back(field_evidence("metadata.deletionTimestamp", "set", content.meta.deleted));
    finding.fix = {"The content goes once its VolumeGroupSnapshot is deleted; it alone can't be taken back.",
                   "kubectl get volumegroupsnapshot -n " + shell_quoted(group->meta.ns.get()) + " " +
                       shell_quoted(group->meta.name)};
  } else if (content.meta.deleted) {
    if (!view.cluster.synced(Kind::VolumeGroupSnapshot, content.group_snapshot.ns.get())) return exam.finish();
    const Instant since = state_since(view, content.meta, content.meta.deleted);
    if (examine_messages(exam, nullptr, &content, Call::DeleteSnapshot, since)) return exam.finish();
    if (!exam.passed(since, exam.limit(Phase::Deleting).after)) return exam.finish();
    Finding& finding = exam.add(Reason::ContentHeld, since);
    finding.evidence.push_back(field_evidence("metadata.finalizers", joined(content.meta.finalizers)));
    finding.fix = {fill_fix(finding.reason, exam.values).text, content_command(content)};
  } else if (!content.source_group_handle.empty() && !content.group_snapshot.uid && content.ready != Ready::True) {
    // Imported, and its group has never been there: nobody else would tell of its errors.
    examine_messages(exam, nullptr, &content, Call::CreateSnapshot,
                     state_since(view, content.meta, content.meta.created));
  }
  return exam.finish();
}

void examine_membership(Examination& exam, const VolumeSnapshot& snapshot) {
  if (snapshot.group.get().empty()) return;
  const auto* group = exam.view.cluster.group_snapshot(snapshot.meta.ns.get(), snapshot.group.get());
  if (!group) return;
  const Diagnosis its = diagnose(exam.view, *group);
  if (its.look_again) exam.look_again_at(*its.look_again);
  const Finding* cause = cause_in(its);
  if (!cause) return;
  const std::string label = label_of(kGroup, group->meta);
  if (!exam.has_findings()) exam.add(cause->reason, cause->since).category = cause->category;
  exam.each([&](Finding& finding) {
    finding.consequence = true;
    finding.blocking.push_back(name_of(kGroup, group->meta));
    finding.blocking.insert(finding.blocking.end(), cause->blocking.begin(), cause->blocking.end());
    finding.evidence.push_back(field_evidence("status.volumeGroupSnapshotName", snapshot.group.get()));
    finding.evidence.push_back(field_evidence("finding of " + label, to_string(cause->reason)));
    finding.fix = cause->fix;
    if (!finding.next_try) finding.next_try = cause->next_try;
  });
}

}  // namespace snaptrail::reconcilers
