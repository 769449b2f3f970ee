#pragma once

#include <optional>
#include <string>

#include "objects/types.hpp"

namespace snaptrail::reconcilers {

/// Who wrote a change, as metadata.managedFields tell, and when the API server stamped it.
struct Actor {
  std::string manager;
  objects::MaybeInstant time;  ///< none if the write left its entry's stamp as it was
};

/// The one field manager whose entry is new or changed between two versions; nullopt if none or several qualify: never a
/// guess. `previous` null (first sight): the manager, if all entries have the same one.
/// The API server stamps an entry when its manager sets a field, to the second only, and leaves the stamp when fields are
/// just removed (Kubernetes API, ManagedFieldsEntry.time): so the fields are compared as well, and a stamp that did not move
/// tells nothing of this write.
std::optional<Actor> actor_of(const objects::Meta* previous, const objects::Meta& current);

}  // namespace snaptrail::reconcilers
