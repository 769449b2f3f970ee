#pragma once

#include <vector>

#include "reconcilers/story/chain_graph.hpp"
#include "reconcilers/story/object_history.hpp"

/// Which steps of the flow (docs/flow.md) a chain has gone through.
namespace snaptrail::reconcilers {

/// The objects of a chain at a moment; null where nobody has seen one.
struct StepObjects {
  const ObjectThen* snapshot = nullptr;
  const ObjectThen* content = nullptr;
  const ObjectThen* claim = nullptr;
  const ObjectThen* volume = nullptr;
};

std::vector<GraphStep> backup_steps(const StepObjects& objects);   ///< 2.1 to 2.5, and 3
std::vector<GraphStep> restore_steps(const StepObjects& objects);  ///< 4.1 to 4.6

}  // namespace snaptrail::reconcilers
