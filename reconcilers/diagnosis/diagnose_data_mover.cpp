#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "reconcilers/diagnosis/examination.hpp"

/// Why Velero's data mover doesn't copy a volume's data into the backup repository, or back.
namespace snaptrail::reconcilers {
namespace {

using objects::DataDownload;
using objects::DataUpload;
using objects::Instant;
using objects::Kind;
using objects::MaybeInstant;

/// The object stays for as long as its Backup does, its failure is news for a day.
constexpr objects::Millis kFailureKept{24LL * 3'600'000};

bool has_begun(const std::string& phase) {
  constexpr std::array<std::string_view, 4> kBefore = {"", "New", "Accepted", "Prepared"};
  return std::ranges::find(kBefore, phase) == kBefore.end();
}

/// Whether the same claim's data were copied by a later one.
template <class T>
bool is_made_good(const ClusterView& cluster, const T& failed) {
  bool is_good = false;
  cluster.for_each([&](const T& other) {
    const bool same = other.claim.ns == failed.claim.ns && other.claim.name == failed.claim.name;
    const std::optional<Instant> mine = failed.meta.created, its = other.meta.created;
    is_good = is_good || (same && other.phase.get() == "Completed" && its > mine);
  });
  return is_good;
}

/// A node copies so few at once that the others wait: whether one is being copied, or was done a moment ago.
template <class T>
bool others_get_on(const DiagnosisView& view, objects::Millis moment) {
  bool get_on = false;
  view.cluster.for_each([&](const T& other) {
    const std::string& phase = other.phase.get();
    const bool just_done = phase == "Completed" && other.completed && view.now - *other.completed < moment;
    get_on = get_on || phase == "InProgress" || just_done;
  });
  return get_on;
}

/// The snapshot's own finding tells what it waits for.
bool waits_for_snapshot(const ClusterView& cluster, const DataUpload& upload) {
  const auto snapshot = cluster.snapshot(upload.claim.ns.get(), upload.snapshot);
  return snapshot && snapshot->ready != objects::Ready::True;
}
bool waits_for_snapshot(const ClusterView&, const DataDownload&) { return false; }

/// What the message tells, unless the backup's object storage may say the same as a driver or its backend.
Reason told_reason(const std::string& message, Call call) {
  constexpr std::array kOfBoth = {Reason::DriverNotResponding, Reason::BackendAccessDenied, Reason::Throttled};
  const auto verdict = classify_text(message, call);
  const bool is_clear = verdict && std::ranges::find(kOfBoth, verdict->reason) == kOfBoth.end();
  return is_clear ? verdict->reason : Reason::Unknown;
}

Evidence claim_of(const DataUpload& upload) {
  return field_evidence("spec.sourceNamespace, spec.sourcePVC", upload.claim.ns.get() + "/" + upload.claim.name);
}
Evidence claim_of(const DataDownload& download) {
  return field_evidence("spec.targetVolume", download.claim.ns.get() + "/" + download.claim.name);
}

template <class T>
void examine_failure(Examination& exam, const T& object, Call call) {
  const Instant now = exam.view.now;
  const MaybeInstant ended = object.completed ? object.completed : object.meta.created;
  const Instant since = ended && *ended < now ? *ended : now;
  if (now - since >= kFailureKept || is_made_good(exam.view.cluster, object)) return;
  exam.look_again_at(since + kFailureKept);
  Finding& finding = exam.add(told_reason(object.message, call), since);
  finding.category = Category::Error;
  finding.evidence.push_back(field_evidence("status.phase", object.phase.get(), object.completed));
  if (!object.message.empty()) finding.evidence.push_back(field_evidence("status.message", object.message));
  finding.fix = fill_fix(Reason::Unknown, exam.values);
  finding.evidence.push_back(claim_of(object));
}

template <class T>
void examine_waiting(Examination& exam, const T& object) {
  const auto& view = exam.view;
  const Instant since = state_since(view, object.meta, object.meta.created);
  const objects::Millis after = exam.limit(Phase::Creating).after;
  if (!exam.passed(since, after)) return;
  exam.look_again_at(view.now + after);
  if (others_get_on<T>(view, after) || waits_for_snapshot(view.cluster, object)) return;
  Finding& finding = exam.add(Reason::Unknown, since);
  finding.category = Category::Stuck;
  const std::string& phase = object.phase.get();
  finding.evidence.push_back(field_evidence("status.phase", phase.empty() ? "absent" : phase, object.meta.created));
  finding.fix = {
      "See whether Velero's node-agent runs on the nodes, and whether the pod that it makes for this can start.",
      "kubectl get pods -n " + shell_quoted(object.meta.ns.get()) + " -o wide"};
  finding.evidence.push_back(claim_of(object));
}

template <class T>
Diagnosis diagnose_copy(Examination& exam, const T& object, Call call) {
  const std::string& phase = object.phase.get();
  if (object.meta.deleted) return exam.finish();
  if (phase == "Failed") {
    examine_failure(exam, object, call);
  } else if (!has_begun(phase)) {
    examine_waiting(exam, object);
  }
  return exam.finish();
}

}  // namespace

Diagnosis diagnose(const DiagnosisView& view, const DataUpload& upload) {
  Examination exam(view, Kind::DataUpload, upload.meta);
  exam.driver = upload.driver.get();
  return diagnose_copy(exam, upload, Call::CreateSnapshot);
}

Diagnosis diagnose(const DiagnosisView& view, const DataDownload& download) {
  Examination exam(view, Kind::DataDownload, download.meta);
  return diagnose_copy(exam, download, Call::CreateVolume);
}

}  // namespace snaptrail::reconcilers
