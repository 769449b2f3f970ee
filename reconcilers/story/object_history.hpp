#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "objects/row.hpp"

/// What each object of a story was like at a moment, from its rows and its record.
namespace snaptrail::reconcilers {

struct ObjectThen {
  objects::Kind kind = objects::Kind::VolumeSnapshot;
  objects::Uid uid;
  std::string ns, name, chain;
  std::optional<objects::State> state;  ///< none: not there yet
  std::optional<objects::Ready> ready;
  objects::MaybeInstant since, first_seen;
  std::optional<objects::Outcome> outcome;
  std::string error, driver, handle, volume, content;
  objects::Uid claim;
  std::optional<objects::Initiator> initiator;
  // When each first happened, as far as rows tell.
  objects::MaybeInstant appeared, creating, not_ready, ready_at, bound, deleted, handle_at, volume_at;
};

/// By uid. Objects that had not appeared by `at` are there without a state.
std::map<objects::Uid, ObjectThen> histories(std::span<const objects::Row> rows,
                                             std::span<const objects::ObjectRecord> records, objects::MaybeInstant at);

}  // namespace snaptrail::reconcilers
