#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "objects/row.hpp"

/// The picture of one snapshot: the chain that cut it, the chains that restore from it, and the handle that joins them, as they are
/// or as they were at a moment. Pure: read off rows and records. docs/api.md, "chain", tells of the members.
namespace snaptrail::reconcilers {

/// An object, or one of the two things in the storage backend that only a handle tells of.
struct GraphNode {
  std::string id;    ///< the object's uid; `handle`, `volume:<chain>`
  std::string kind;  ///< the object's kind; `SnapshotHandle`, `Volume`
  std::string chain;
  std::string role;  ///< snapshot, content, handle, claim, persistentVolume, volume
  std::string ns;
  std::string name;                     ///< of the backend's things their handle; empty: not known (yet)
  std::optional<objects::State> state;  ///< none: not there yet, not known, or no object
  std::optional<objects::Ready> ready;  ///< of kinds that have readyToUse
  objects::MaybeInstant since;          ///< when the state began
  objects::MaybeInstant first_seen;
  std::optional<objects::Outcome> outcome;
  std::string error;
};

/// How one leads to the other; lit once both are there.
struct GraphEdge {
  std::string from;
  std::string to;
  std::string step;  ///< number of the flow's step that makes it
  bool lit = false;
  objects::MaybeInstant at;  ///< when it was lit, where rows tell
};

/// One step of the flow (docs/flow.md).
struct GraphStep {
  std::string_view step;  ///< "2.1" to "4.6"
  bool done = false;
  objects::MaybeInstant at;  ///< where rows tell
};

struct GraphChain {
  std::string id;
  bool restore = false;
  std::optional<objects::Initiator> initiator;
  std::vector<GraphStep> steps;
};

struct ChainGraph {
  std::string driver;
  std::string handle;
  std::vector<GraphChain> chains;  ///< the one that cut the snapshot first, then by when they began
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
  std::vector<objects::Row> findings;  ///< that stand at the moment: of each its newest row
  objects::MaybeInstant from;          ///< the story's first row
  objects::MaybeInstant to;            ///< its last one
};

/// `rows`: of all chains of the story, oldest first; `records`: of the objects in them, of source claims and of their volumes.
/// `at`: the picture as it was then (rows observed later do not count); none: as it is.
ChainGraph chain_graph(std::span<const objects::Row> rows, std::span<const objects::ObjectRecord> records,
                       objects::MaybeInstant at);

}  // namespace snaptrail::reconcilers
