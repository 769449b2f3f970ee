#include "reconcilers/actor.hpp"

#include <algorithm>

namespace snaptrail::reconcilers {
namespace {

/// The same writer's entry in that version; null if it had none.
const objects::FieldsEntry* entry_before(const objects::Meta* previous, const objects::FieldsEntry& entry) {
  if (!previous) return nullptr;
  const auto& entries = previous->managed_fields;
  const auto found = std::ranges::find_if(
      entries, [&](const auto& other) { return other.manager == entry.manager && other.scope == entry.scope; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

std::optional<Actor> actor_of(const objects::Meta* previous, const objects::Meta& current) {
  std::optional<Actor> actor;
  for (const auto& entry : current.managed_fields) {
    const auto* before = entry_before(previous, entry);
    if (before && *before == entry) continue;
    if (!actor) actor = Actor{entry.manager.get(), {}};
    if (actor->manager != entry.manager.get()) return std::nullopt;
    const bool is_stamped = entry.time && (!before || before->time != entry.time);
    if (is_stamped && (!actor->time || *actor->time < *entry.time)) actor->time = entry.time;
  }
  return actor && !actor->manager.empty() ? actor : std::nullopt;
}

}  // namespace snaptrail::reconcilers
