#include <fmt/format.h>

#include <algorithm>

#include "reconcilers/diagnosis/fix.hpp"
#include "reconcilers/preflight/report.hpp"

/// Volumes, claims, and objects that should be gone.
namespace snaptrail::reconcilers::preflight {
namespace {

using objects::Instant;
using objects::Millis;

/// The default of Phase::Deleting.
constexpr Millis kDeletionTakes{2 * 60'000};

struct Held {
  std::string kind;
  const objects::Meta* meta;
};

std::string held_text(const Held& held, Instant now) {
  std::string finalizers;
  for (const auto& finalizer : held.meta->finalizers) {
    finalizers += (finalizers.empty() ? "" : ", ") + finalizer.get();
  }
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(now - *held.meta->deleted).count();
  return fmt::format("{} {}: for {} min; finalizers {}", held.kind, object_name(*held.meta), minutes,
                     finalizers.empty() ? "none" : finalizers);
}

template <class List>
void add_held(const List& list, std::string_view kind, Instant now, std::vector<Held>& held) {
  for (const auto& object : list.items) {
    if (object.meta.deleted && now - *object.meta.deleted > kDeletionTakes) {
      held.push_back({std::string(kind), &object.meta});
    }
  }
}

}  // namespace

void check_other_volumes(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "non-csi-volumes";
  if (!facts.other_volumes.seen()) {
    report.unseen(kId, "", "PersistentVolumes", facts.other_volumes);
    return;
  }
  if (facts.other_volumes.items.empty()) {
    report.add(kId, "", CheckStatus::Ok, "Every bound volume is a CSI volume");
    return;
  }
  std::vector<std::string> names;
  for (const auto& volume : facts.other_volumes.items) {
    names.push_back(fmt::format("{} ({}/{})", volume.meta.name, volume.claim.ns.get(), volume.claim.name));
  }
  std::ranges::sort(names);
  auto& check = report.add(kId, "", CheckStatus::Warning,
                           fmt::format("{} bound volumes are no CSI volumes: they can't be snapshotted", names.size()));
  check.evidence.push_back("PersistentVolumes without spec.csi: " + some_of(names));
  check.fix = {"Back their claims up by their files (Velero: file system backup), or move the data to CSI volumes.",
               "kubectl get persistentvolumes -o custom-columns=NAME:.metadata.name,DRIVER:.spec.csi.driver,"
               "CLAIM:.spec.claimRef.name"};
}

void check_volume_binding(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "volume-binding";
  if (!facts.storage_classes.seen()) {
    report.unseen(kId, "", "StorageClasses", facts.storage_classes);
    return;
  }
  std::vector<std::string> waiting;
  for (const auto& one : facts.storage_classes.items) {
    if (one.wait_for_first_consumer) waiting.push_back(one.meta.name);
  }
  std::ranges::sort(waiting);
  if (facts.storage_classes.items.empty()) {
    report.add(kId, "", CheckStatus::Skipped, "There are no StorageClasses");
  } else if (waiting.empty()) {
    report.add(kId, "", CheckStatus::Ok, "Claims are bound at once");
  } else {
    auto& check =
        report.add(kId, "", CheckStatus::Ok,
                   "Restored claims of some classes stay Pending until a pod uses them: that is as it should be");
    check.evidence.push_back("volumeBindingMode WaitForFirstConsumer: " + some_of(waiting));
  }
}

void check_stuck_deletions(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "stuck-deletion";
  for (const Looked* looked :
       {static_cast<const Looked*>(&facts.snapshots), static_cast<const Looked*>(&facts.contents)}) {
    if (looked->seen()) continue;
    if (looked->sight == Sight::Absent) {
      report.add(kId, "", CheckStatus::Skipped, "Without the snapshot API there is nothing to delete");
    } else {
      report.unseen(kId, "", "VolumeSnapshots and their contents", *looked);
    }
    return;
  }
  std::vector<Held> held;
  add_held(facts.snapshots, "VolumeSnapshot", facts.now, held);
  add_held(facts.contents, "VolumeSnapshotContent", facts.now, held);
  if (held.empty()) {
    report.add(kId, "", CheckStatus::Ok, "Nothing waits for its deletion");
    return;
  }
  std::ranges::sort(held, {}, [](const Held& one) { return *one.meta->deleted; });
  auto& check =
      report.add(kId, "", CheckStatus::Problem, fmt::format("{} objects are to be deleted and don't go", held.size()));
  constexpr std::size_t kMost = 5;
  for (std::size_t i = 0; i < std::min(kMost, held.size()); ++i) {
    check.evidence.push_back(held_text(held[i], facts.now));
  }
  const Held& oldest = held.front();
  const std::string where = oldest.meta->ns.get().empty() ? "" : " -n " + shell_quoted(oldest.meta->ns.get());
  check.fix = {
      "`snaptrail explain` says what holds each of them up. Don't remove finalizers before the storage's copy is "
      "known to be gone or wanted.",
      fmt::format("snaptrail explain {}/{}{}", oldest.kind, shell_quoted(oldest.meta->name), where)};
}

}  // namespace snaptrail::reconcilers::preflight
