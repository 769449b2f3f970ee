#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "objects/instant.hpp"
#include "reconcilers/cluster_view.hpp"
#include "reconcilers/diagnosis/event_memory.hpp"
#include "reconcilers/diagnosis/finding.hpp"
#include "reconcilers/diagnosis/thresholds.hpp"
#include "reconcilers/tracker.hpp"

namespace snaptrail::reconcilers {

/// What diagnosis asks of the past. Implemented by TrailMemory; all of it may be unknown.
class History {
 public:
  virtual ~History() = default;
  /// Whether that handle was seen to become ready from a cut (docs/states.md: verified), whatever objects have told of
  /// it since, and isn't known to be destroyed.
  virtual bool was_cut(std::string_view driver, std::string_view handle) const = 0;
  /// How long 99 of 100 took in that phase with that driver; nullopt without enough of them.
  virtual std::optional<objects::Millis> p99(Phase phase, std::string_view driver) const = 0;
  /// Recoverable points of that claim's volume besides `handle`: cut, ready, and not known to be destroyed or leaked.
  virtual std::size_t other_points(const objects::Uid& claim, std::string_view driver,
                                   std::string_view handle) const = 0;
  /// VolumeSnapshots that wait for their content at this moment.
  virtual std::size_t unbound_snapshots() const = 0;
};

/// All that diagnosis may read, at one moment. References must outlive it; nothing is changed through it.
struct DiagnosisView {
  const ClusterView& cluster;
  const Tracker& tracker;
  const EventMemory& events;
  const History& history;
  const Thresholds& thresholds;
  objects::Instant now;
};

}  // namespace snaptrail::reconcilers
