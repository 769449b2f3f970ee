#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "informers/stream_traffic.hpp"
#include "ledger/writer.hpp"
#include "objects/instant.hpp"
#include "objects/row.hpp"
#include "reconcilers/diagnosis/reason.hpp"
#include "serving/availability.hpp"
#include "serving/http_stats.hpp"
#include "serving/option_stats.hpp"
#include "serving/orphans.hpp"

/// What /metrics asks for at the moment of a scrape, so that no gauge is ever stale.
namespace snaptrail::serving {

/// VolumeSnapshots that are alike, by their state now.
struct SnapshotGroup {
  std::string ns;
  std::string driver;  ///< empty: unknown
  objects::State state = objects::State::Pending;
  std::uint64_t count = 0;
};

/// The oldest of the VolumeSnapshots of a driver that are in a state other than Ready, Deleting and Deleted.
struct OldestUnready {
  std::string driver;
  objects::State state = objects::State::Pending;
  objects::Instant created;  ///< metadata.creationTimestamp
};

/// Of all VolumeSnapshots.
struct SnapshotSummary {
  std::vector<SnapshotGroup> groups;
  std::vector<OldestUnready> oldest_unready;
};

/// Findings that are alike, by their subjects: of each subject what is wrong itself, not what follows from another finding.
struct FindingGroup {
  objects::Kind kind = objects::Kind::VolumeSnapshot;
  std::string ns;
  std::string driver;  ///< empty: unknown
  reconcilers::Reason reason = reconcilers::Reason::Unknown;
  reconcilers::Category category = reconcilers::Category::Error;
  bool baseline = false;
  std::uint64_t count = 0;
};

/// The claims of one namespace whose coverage is assessed.
struct CoverageGroup {
  std::string ns;
  std::uint64_t violations = 0;  ///< Missed or Never
  std::uint64_t skipped = 0;     ///< left out by the newest Completed Backup over the namespace
};

/// One target of the informers; all counts since the process started.
struct InformerStats {
  std::string name;  ///< informers::Target::name
  Availability availability = Availability::Syncing;
  std::uint64_t objects = 0;                                                      ///< in the store now
  std::uint64_t added = 0, modified = 0, deleted = 0, bookmarks = 0, errors = 0;  ///< watch events by type
  objects::MaybeInstant last_receive{};  ///< when bytes of the target last arrived; none: never
  informers::StreamTraffic traffic{};    ///< of all its streams
};

/// Implemented by the controller. Called on the thread that asks for Metrics::exposition(), without any lock of ours held.
class StateSource {
 public:
  virtual ~StateSource() = default;

  /// The gate is open: until then only the daemon's own metrics are exported.
  virtual bool synced() const = 0;
  virtual SnapshotSummary snapshots() const = 0;
  virtual std::vector<OrphanGroup> orphans() const = 0;
  virtual std::vector<FindingGroup> findings() const = 0;
  /// Every namespace with a claim that is assessed.
  virtual std::vector<CoverageGroup> coverage_groups() const = 0;
  virtual std::vector<InformerStats> informers() const = 0;
  virtual ledger::WriterHealth ledger() const = 0;
  virtual std::int64_t epoch() const = 0;
  virtual HttpStats http() const = 0;
  virtual OptionStats options() const { return {}; }
};

}  // namespace snaptrail::serving
