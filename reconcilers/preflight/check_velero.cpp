#include <fmt/format.h>

#include <algorithm>

#include "objects/row.hpp"
#include "reconcilers/diagnosis/fix.hpp"
#include "reconcilers/preflight/report.hpp"

/// What Velero needs.
namespace snaptrail::reconcilers::preflight {
namespace {

using objects::BackupStorageLocation;
using objects::DeletionPolicy;
using objects::VolumeSnapshotClass;

constexpr std::string_view kLabel = "velero.io/csi-volumesnapshot-class";

/// Whether Velero is there, and `looked` could be looked at; if not, says so.
bool is_to_judge(std::string_view id, const Facts& facts, const Looked& looked, std::string_view what, Report& report) {
  if (facts.velero_api.sight == Sight::Absent) {
    report.add(id, "", CheckStatus::Skipped, "Velero isn't installed");
    return false;
  }
  if (!facts.velero_api.seen()) {
    report.unseen(id, "", "Which APIs are served", facts.velero_api);
    return false;
  }
  if (looked.sight == Sight::Absent) {
    report.add(id, "", CheckStatus::Skipped, fmt::format("There are no {}", what));
    return false;
  }
  if (!looked.seen()) report.unseen(id, "", what, looked);
  return looked.seen();
}

void judge_driver(const std::string& driver, const Facts& facts, Report& report) {
  constexpr std::string_view kId = "velero-class";
  std::vector<std::string> all;
  std::vector<std::string> marked;
  for (const VolumeSnapshotClass& one : facts.classes.items) {
    if (one.driver.get() != driver) continue;
    all.push_back(one.meta.name);
    if (one.velero_marked) marked.push_back(one.meta.name);
  }
  std::ranges::sort(all);
  std::ranges::sort(marked);
  const std::string command = "kubectl label volumesnapshotclass ";
  if (marked.size() == 1) {
    report.add(kId, driver, CheckStatus::Ok, "One class has the label").evidence.push_back(marked.front());
  } else if (marked.empty()) {
    auto& check = report.add(kId, driver, all.size() > 1 ? CheckStatus::Problem : CheckStatus::Warning,
                             all.size() > 1
                                 ? "No class has Velero's label: Velero finds none for the driver, and its volumes are "
                                   "not in any backup"
                                 : "No class has Velero's label: newer releases take the only class there is, older "
                                   "ones find none");
    check.evidence.push_back("classes " + some_of(all));
    check.fix = {fmt::format("Give the class that Velero is to use the label {}=true.", kLabel),
                 fmt::format("{}{} {}=true", command, shell_quoted(all.front()), kLabel)};
  } else {
    auto& check = report.add(kId, driver, CheckStatus::Warning,
                             "Several classes have Velero's label: it takes whichever comes first");
    check.evidence.push_back("classes with the label " + some_of(marked));
    check.fix = {fmt::format("Leave the label {} with one of them.", kLabel),
                 fmt::format("{}{} {}-", command, shell_quoted(marked.back()), kLabel)};
  }
}

void judge_location(const BackupStorageLocation& location, Report& report) {
  constexpr std::string_view kId = "backup-storage-location";
  const std::string name = object_name(location.meta);
  const std::string& phase = location.phase.get();
  const std::string command = fmt::format("kubectl describe backupstoragelocation.velero.io -n {} {}",
                                          shell_quoted(location.meta.ns.get()), shell_quoted(location.meta.name));
  if (phase.empty()) {
    auto& check = report.add(kId, name, CheckStatus::Unknown, "Velero hasn't looked at it yet: does Velero run?");
    check.fix = {"See whether Velero's pod runs.",
                 fmt::format("kubectl get pods -n {}", shell_quoted(location.meta.ns.get()))};
    return;
  }
  const bool available = phase == "Available";
  auto& check = report.add(kId, name,
                           !available           ? CheckStatus::Problem
                           : location.read_only ? CheckStatus::Warning
                                                : CheckStatus::Ok,
                           !available           ? "It isn't available: no backup can be written to or restored from it"
                           : location.read_only ? "It is read-only: nothing can be backed up to it"
                                                : "It is available");
  check.evidence.push_back("status.phase " + phase);
  if (!location.message.empty()) check.evidence.push_back("status.message " + location.message);
  if (location.validated) check.evidence.push_back("validated " + objects::format_rfc3339(*location.validated));
  if (!available) check.fix = {"Velero's message says what is wrong: bucket, region, credentials or network.", command};
  if (available && location.read_only) {
    check.fix = {"Set spec.accessMode to ReadWrite, unless that is meant.", command};
  }
}

}  // namespace

void check_velero_classes(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "velero-class";
  if (!is_to_judge(kId, facts, facts.classes, "VolumeSnapshotClasses", report)) return;
  const auto drivers = drivers_of_classes(facts);
  if (drivers.empty()) report.add(kId, "", CheckStatus::Skipped, "There is no VolumeSnapshotClass");
  for (const std::string& driver : drivers) judge_driver(driver, facts, report);
}

void check_velero_policies(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "velero-class-policy";
  if (!is_to_judge(kId, facts, facts.classes, "VolumeSnapshotClasses", report)) return;
  const std::size_t before = report.checks().size();
  for (const VolumeSnapshotClass& one : facts.classes.items) {
    if (!one.velero_marked) continue;
    const bool deletes = one.policy == DeletionPolicy::Delete;
    auto& check = report.add(kId, one.meta.name, deletes ? CheckStatus::Warning : CheckStatus::Ok,
                             deletes ? "Its snapshots are deleted in the storage with their objects: who deletes the "
                                       "namespace during a backup deletes the backup's data"
                                     : "It retains what it cuts");
    check.evidence.push_back(fmt::format("deletionPolicy {}", objects::to_string(one.policy)));
    if (deletes) {
      check.fix = {"Set deletionPolicy to Retain; Velero deletes what a Backup has cut when the Backup goes.",
                   fmt::format("kubectl patch volumesnapshotclass {} --type=merge -p "
                               "'{{\"deletionPolicy\":\"Retain\"}}'",
                               shell_quoted(one.meta.name))};
    }
  }
  if (report.checks().size() == before) report.add(kId, "", CheckStatus::Skipped, "No class has Velero's label");
}

void check_backup_locations(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "backup-storage-location";
  if (!is_to_judge(kId, facts, facts.locations, "BackupStorageLocations", report)) return;
  if (facts.locations.items.empty()) {
    auto& check =
        report.add(kId, "", CheckStatus::Problem, "Velero has no BackupStorageLocation: no backup can be written");
    check.fix = {"Create one that points to your bucket.", "velero backup-location create --help"};
  }
  for (const auto& location : facts.locations.items) judge_location(location, report);
}

}  // namespace snaptrail::reconcilers::preflight
