#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "objects/instant.hpp"
#include "reconcilers/cluster_view.hpp"
#include "reconcilers/coverage/recoverables.hpp"
#include "reconcilers/diagnosis/event_memory.hpp"
#include "reconcilers/diagnosis/finding.hpp"
#include "reconcilers/diagnosis/past.hpp"
#include "reconcilers/diagnosis/thresholds.hpp"
#include "reconcilers/tracker.hpp"

namespace snaptrail::reconcilers {

/// What diagnosis asks of the past. Implemented by TrailMemory; all of it may be unknown.
class History {
 public:
  virtual ~History() = default;
  /// How long 99 of 100 took in that phase with that driver; nullopt without enough of them.
  virtual std::optional<objects::Millis> p99(Phase phase, std::string_view driver) const = 0;
  /// The VolumeSnapshots that wait for their content.
  virtual const BindingQueue& binding() const = 0;
  /// What a content or restore has been through since its phase began; null if it isn't under way.
  virtual const Attempt* attempt(const objects::Uid& uid) const = 0;
  /// The VolumeSnapshot of that name that went last; null if none is known.
  virtual const Departed* departed(std::string_view ns, std::string_view name) const = 0;
};

/// Whether such snapshots are made for a moment, to copy data from: VolSync's of a ReplicationSource.
inline bool is_movers_own(const objects::Initiator& initiator) {
  return initiator.type == "volsync" && initiator.restore.empty();
}

/// All that diagnosis may read, at one moment. References must outlive it; nothing is changed through it.
struct DiagnosisView {
  const ClusterView& cluster;
  const Tracker& tracker;
  const EventMemory& events;
  const History& history;
  const Recoverables& recoverable;
  const Thresholds& thresholds;
  objects::Instant now;
};

}  // namespace snaptrail::reconcilers
