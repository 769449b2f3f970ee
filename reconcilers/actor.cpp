#include "reconcilers/actor.hpp"

#include <algorithm>

namespace snaptrail::reconcilers {
namespace {

bool is_unchanged(const objects::Meta& previous, const objects::FieldsEntry& entry) {
  return std::ranges::find(previous.managed_fields, entry) != previous.managed_fields.end();
}

}  // namespace

std::optional<Actor> actor_of(const objects::Meta* previous, const objects::Meta& current) {
  std::optional<Actor> actor;
  for (const auto& entry : current.managed_fields) {
    if (previous && is_unchanged(*previous, entry)) continue;
    if (!actor) {
      actor = Actor{entry.manager.get(), entry.time};
    } else if (actor->manager != entry.manager.get()) {
      return std::nullopt;
    } else if (entry.time && (!actor->time || *actor->time < *entry.time)) {
      actor->time = entry.time;
    }
  }
  return actor && !actor->manager.empty() ? actor : std::nullopt;
}

}  // namespace snaptrail::reconcilers
