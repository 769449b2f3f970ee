#include "reconcilers/diagnosis/examination.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>
#include <utility>
#include <vector>

#include "reconcilers/velero_backup.hpp"

namespace snaptrail::reconcilers {

using objects::Instant;
using objects::MaybeInstant;
using objects::Millis;

namespace {

int order_of(Category category) {
  switch (category) {
    case Category::Stuck:
    case Category::Error: return 0;
    case Category::Waiting: return 1;
    case Category::Hazard: return 2;
  }
  return 3;
}

/// The History's name for a phase is the phase; only those that the driver takes part in are learned.
bool is_learned(Phase phase) {
  return phase == Phase::Creating || phase == Phase::Uploading || phase == Phase::Provisioning ||
         phase == Phase::Deleting;
}

/// Reasons of the snapshot-controller's, csi-snapshotter's and csi-provisioner's events. Others write Warnings about
/// the same objects too (policy engines, resizers), which say nothing about snapshots.
bool is_snapshot_component(std::string_view reason) {
  constexpr std::array<std::string_view, 8> kPrefixes = {"Snapshot",         "Content",           "GetSnapshotClass",
                                                         "SetDefaultSnap",   "ErrorPVCFinalizer", "CreateSnapshot",
                                                         "ProvisioningFail", "GroupSnapshot"};
  return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return reason.starts_with(prefix); });
}

}  // namespace

Examination::Examination(const DiagnosisView& all, objects::Kind kind, const objects::Meta& meta)
    : view(all), subject_{kind, meta.uid, meta.ns.get(), meta.name}, stuck_after_(meta.stuck_after.get()) {
  values["kind"] = objects::resource_of(kind).plural;
  values["ns"] = subject_.ns;
  values["name"] = subject_.name;
}

bool Examination::passed(Instant since, Millis after) {
  if (view.now - since >= after) return true;
  look_again_at(since + after);
  return false;
}

void Examination::look_again_at(Instant at) {
  if (at <= view.now) return;
  if (!diagnosis_.look_again || at < *diagnosis_.look_again) diagnosis_.look_again = at;
}

Limit Examination::limit(Phase phase) const {
  const auto p99 = is_learned(phase) ? view.history.p99(phase, driver) : std::nullopt;
  return view.thresholds.of(phase, driver, class_name, stuck_after_, p99);
}

Finding& Examination::add(Reason reason, Instant since) {
  Finding finding;
  finding.reason = reason;
  finding.category = info_of(reason).category;
  finding.severity = info_of(reason).severity;
  finding.subject = subject_;
  finding.driver = driver;
  finding.since = since;
  diagnosis_.findings.push_back(std::move(finding));
  return diagnosis_.findings.back();
}

Diagnosis Examination::finish() {
  std::ranges::stable_sort(diagnosis_.findings, [](const Finding& a, const Finding& b) {
    return std::tuple(a.consequence, order_of(a.category), -static_cast<int>(a.severity)) <
           std::tuple(b.consequence, order_of(b.category), -static_cast<int>(b.severity));
  });
  values["driver"] = driver;
  int rank = 0;
  for (Finding& finding : diagnosis_.findings) {
    finding.rank = rank++;
    if (!finding.blocking.empty()) {
      values["blocker_kind"] = finding.blocking.front().kind;
      values["blocker_ns"] = finding.blocking.front().ns;
      values["blocker"] = finding.blocking.front().name;
    }
    if (finding.fix.text.empty()) finding.fix = fill_fix(finding.reason, values);
  }
  return std::move(diagnosis_);
}

Instant state_since(const DiagnosisView& view, const objects::Meta& meta, MaybeInstant api) {
  const auto sight = view.tracker.sight(meta.uid);
  if (!sight) return api && *api < view.now ? *api : view.now;
  const bool may_be_older = sight->from_list && sight->since == sight->first_seen;
  return may_be_older && api && *api < sight->since ? *api : sight->since;
}

Evidence field_evidence(std::string what, std::string_view text, MaybeInstant at) {
  return {Evidence::Source::Field, std::move(what), std::string(text), 0, at};
}

Evidence ledger_evidence(std::string what, std::string text) {
  return {Evidence::Source::Ledger, std::move(what), std::move(text), 0, {}};
}

std::string label_of(std::string_view kind, const objects::Meta& meta) {
  std::string label(kind);
  label += ' ';
  if (!meta.ns.get().empty()) label += meta.ns.get() + "/";
  return label + meta.name;
}

ObjectName name_of(std::string_view kind, const objects::Meta& meta) { return name_of(kind, meta.ns.get(), meta.name); }

ObjectName name_of(std::string_view kind, std::string_view ns, std::string_view name) {
  return {std::string(kind), std::string(ns), std::string(name)};
}

MaybeInstant cut_time(const DiagnosisView& view, const objects::VolumeSnapshotContent& content) {
  if (content.snapshot_handle.empty()) return {};
  for (const StoredEvent& event : view.events.about(content.snapshot.uid)) {
    if (event.reason.get() == "SnapshotCreated" && event.last) return event.last;
  }
  if (!content.cut || *content.cut > view.now) return {};
  // As exact as the times of errors and Events.
  return Instant(std::chrono::floor<std::chrono::seconds>(*content.cut));
}

bool is_outdated(const objects::StatusError& error, MaybeInstant cut) {
  return error.present && error.time && cut && *error.time < *cut;
}

MaybeInstant next_try_after(const StoredEvent& event, Instant now) {
  constexpr std::array<std::string_view, 7> kRetried = {
      "SnapshotCreationFailed",        "SnapshotContentCheckandUpdateFailed",
      "SnapshotDeleteError",           "ProvisioningFailed",
      "GetSnapshotClassFailed",        "SetDefaultSnapshotClassFailed",
      "SnapshotContentCreationFailed",
  };
  constexpr Millis kLongest{5 * 60'000};
  if (std::ranges::find(kRetried, event.reason.get()) == kRetried.end()) return {};
  if (event.count <= 0 || !event.last) return {};
  // The first failure of all has a reason of its own, SnapshotCreationFailed.
  const std::int64_t earlier = event.reason.get() == "SnapshotContentCheckandUpdateFailed" ? 1 : 0;
  const std::int64_t failures = std::min<std::int64_t>(event.count, 10) + earlier;
  const Millis delay = std::min(kLongest, Millis{1'000LL << (failures - 1)});
  const Instant next = *event.last + delay;
  return next > now ? MaybeInstant(next) : MaybeInstant();
}

void Listener::take(std::string_view message, Evidence evidence, MaybeInstant next_try) {
  const auto verdict = classify_text(message, call_);
  if (!verdict || std::ranges::find(ignored_, verdict->reason) != ignored_.end()) return;
  if (said_ && (said_->verdict.reason != Reason::Unknown || verdict->reason == Reason::Unknown)) {
    // The same failure in another place may tell when it is tried again.
    if (!said_->next_try && said_->verdict.reason == verdict->reason) said_->next_try = next_try;
    return;
  }
  said_ = Said{*verdict, std::move(evidence), next_try};
}

void Listener::status(const objects::StatusError& error, const std::string& what) {
  if (error.present) take(error.message, field_evidence(what, error.message, error.time), {});
}

void Listener::events(const objects::Uid& about, MaybeInstant since) {
  // Event times are whole seconds.
  constexpr Millis kSlack{1'000};
  for (const StoredEvent& event : view_.events.about(about)) {
    if (!event.warning || !is_snapshot_component(event.reason.get()) ||
        (since && event.last && *event.last + kSlack < *since)) {
      continue;
    }
    take(event.message, {Evidence::Source::Event, event.reason.get(), event.message, event.count, event.last},
         next_try_after(event, view_.now));
  }
}

void Listener::earlier_tries(const Attempt& attempt, const std::string& what) {
  if (attempt.failing) take(attempt.said, {Evidence::Source::Ledger, what, attempt.said, 0, attempt.failing}, {});
}

Instant failing_since(const Attempt* attempt, Reason reason, Instant since) {
  const bool same = attempt && attempt->failing && attempt->reason == reason;
  return same ? std::min(since, *attempt->failing) : since;
}

Finding* report_said(Examination& exam, const Said& said, Instant since) {
  if (!exam.passed(since, said.verdict.final ? kGrace : kRetryGrace)) return nullptr;
  Finding& finding = exam.add(said.verdict.reason, since);
  finding.evidence.push_back(said.evidence);
  finding.next_try = said.next_try;
  return &finding;
}

std::optional<objects::Backup> backup_of(const ClusterView& cluster, const objects::VolumeSnapshot& snapshot) {
  const std::string& name = snapshot.meta.velero.backup.get();
  if (name.empty() || !snapshot.meta.velero.restore.get().empty()) return std::nullopt;
  std::vector<objects::Backup> namesakes;
  cluster.for_each([&](const objects::Backup& backup) {
    if (backup.meta.name == name) namesakes.push_back(backup);
  });
  if (namesakes.size() > 1) {
    const BackupMark mark{name, {}, snapshot.meta.ns.get(), snapshot.meta.created};
    std::erase_if(namesakes, [&](const objects::Backup& backup) { return !may_be(backup, mark); });
  }
  return namesakes.size() == 1 ? std::optional(std::move(namesakes.front())) : std::nullopt;
}

bool is_over(const objects::Backup& backup) {
  constexpr std::array<std::string_view, 5> kFinal = {"Completed", "PartiallyFailed", "Failed", "FailedValidation",
                                                      "Deleting"};
  return std::ranges::find(kFinal, backup.phase.get()) != kFinal.end();
}

}  // namespace snaptrail::reconcilers
