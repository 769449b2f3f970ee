#pragma once

#include <optional>
#include <string>

#include "objects/types.hpp"

namespace snaptrail::reconcilers {

/// Who wrote a change, as metadata.managedFields tell, and when the API server stamped it.
struct Actor {
  std::string manager;
  objects::MaybeInstant time;
};

/// The one field manager whose entry is new or changed between two versions; nullopt if none or several qualify: never a
/// guess. `previous` null (first sight): the manager, if all entries have the same one.
/// managedFields' time is updated when the manager changes a field of its own (Kubernetes API, ManagedFieldsEntry.time), to
/// the second only, so the fields themselves are compared as well.
std::optional<Actor> actor_of(const objects::Meta* previous, const objects::Meta& current);

}  // namespace snaptrail::reconcilers
