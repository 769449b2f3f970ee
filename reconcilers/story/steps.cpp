#include <algorithm>
#include <tuple>
#include <utility>

#include "reconcilers/story/item.hpp"
#include "reconcilers/velero_backup.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::MaybeInstant;
using objects::Operation;

MaybeInstant begin_of(const Operation& operation) { return operation.created ? operation.created : operation.started; }

std::optional<Instant> as_optional(MaybeInstant at) { return at; }

void find_run(Story& story, std::span<const Operation> operations) {
  const Kind kind = story.asked.restore ? Kind::Restore : Kind::Backup;
  for (const Operation& one : operations) {
    if (one.kind != kind || one.name != story.asked.name) continue;
    if (!story.run || as_optional(begin_of(one)) > as_optional(begin_of(*story.run))) story.run = one;
  }
}

/// Whether it belongs to the run, and not to a namesake of another time or of another Velero.
bool is_of_run(const Story& story, const Operation& one) {
  const std::string& name = story.asked.restore ? one.restore : one.backup;
  if (name != story.asked.name) return false;
  if (!story.run || one.kind == Kind::NonAdminBackup) return true;
  const auto begin = begin_of(one);
  const bool earlier = begin && story.run->created && *begin + kClocksDiffer < *story.run->created;
  return one.ns == story.run->ns && !earlier;
}

bool is_step(const Story& story, const Operation& one) {
  if (story.asked.restore) return one.kind == Kind::DataDownload;
  return one.kind == Kind::DataUpload || one.kind == Kind::PodVolumeBackup || one.kind == Kind::NonAdminBackup;
}

std::optional<std::size_t> item_of(const Story& story, const Operation& one) {
  const std::string& name = one.kind == Kind::DataUpload ? one.snapshot : one.claim;
  const Kind kind = one.kind == Kind::DataUpload ? Kind::VolumeSnapshot : Kind::PersistentVolumeClaim;
  const auto found = std::ranges::find_if(story.items, [&](const StoryItem& item) {
    return !name.empty() && item.kind == kind && item.ns == one.claim_ns && item.name == name;
  });
  if (found == story.items.end()) return std::nullopt;
  return static_cast<std::size_t>(found - story.items.begin());
}

/// A copy waits for a node's turn, and for the snapshot to be mounted there; then it copies.
void add_phases(StoryStep& step, const Operation& one) {
  if (!step.began) return;
  // Of one that went before it had ended it is not known when it stopped.
  const bool exact = one.completed || !one.gone;
  const auto later = [&](Instant at) { return std::max<Instant>(at, *step.began); };
  const MaybeInstant begun = one.started ? MaybeInstant(later(*one.started)) : step.ended;
  if (!one.started || *begun > *step.began) {
    step.phases.push_back({"wait", Spent::Mover, *step.began, begun, exact || one.started});
  }
  if (!one.started) return;
  const MaybeInstant end = step.ended ? MaybeInstant(std::max<Instant>(*step.ended, *begun)) : MaybeInstant();
  step.phases.push_back({"copy", Spent::Mover, *begun, end, exact});
}

StoryStep step_of(const Story& story, const Operation& one) {
  StoryStep step;
  step.kind = one.kind;
  step.ns = one.ns, step.name = one.name, step.phase = one.phase;
  step.claim_ns = one.claim_ns, step.claim = one.claim;
  step.copy = one.copy, step.message = one.message;
  step.item = item_of(story, one);
  step.began = begin_of(one);
  if (one.kind != Kind::NonAdminBackup) {
    step.ended = one.completed ? one.completed : one.gone;
    add_phases(step, one);
    return step;
  }
  // Over when its Backup was made.
  if (story.run) step.ended = begin_of(*story.run);
  if (step.began && step.ended) step.ended = std::max<Instant>(*step.began, *step.ended);
  if (step.began) step.phases.push_back({"request", Spent::Initiator, *step.began, step.ended, true});
  return step;
}

}  // namespace

void add_operations(Story& story, std::span<const Operation> operations) {
  // Other tools' runs may have the same name.
  if (!story.type.empty() && story.type != "velero") return;
  find_run(story, operations);
  for (const Operation& one : operations) {
    if (is_step(story, one) && is_of_run(story, one)) story.steps.push_back(step_of(story, one));
    if (one.kind == Kind::Restore && !story.asked.restore && is_of_run(story, one)) story.restores.push_back(one);
  }
  std::ranges::sort(story.steps, {}, [](const StoryStep& step) {
    return std::tuple(as_optional(step.began), step.kind, std::string_view(step.name));
  });
  std::ranges::sort(story.restores, {}, [](const Operation& one) {
    return std::tuple(as_optional(begin_of(one)), std::string_view(one.name));
  });
  if (story.type.empty() && (story.run || !story.steps.empty())) story.type = "velero";
}

}  // namespace snaptrail::reconcilers
