#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "objects/instant.hpp"
#include "objects/row.hpp"
#include "reconcilers/phases.hpp"
#include "serving/state_source.hpp"

namespace snaptrail::serving {

/// The Content-Type of exposition().
inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

struct MetricsOptions {
  std::string version;   ///< label of snaptrail_build_info
  std::string revision;  ///< the commit; may be empty
};

/// Everything that /metrics shows but the object metrics (object_metrics.hpp). docs/metrics.md describes each family.
///
/// Threading: safe to use from several threads at once (rows come from the ledger's writer, scrapes from the server).
/// Lifetime: `source` must outlive it.
class Metrics {
 public:
  Metrics(MetricsOptions options, const StateSource& source, reconcilers::ClassLookup class_of);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Every committed row, in the ledger's order. `committed_at` is the moment after its commit.
  void recorded(const objects::Row& row, objects::Instant committed_at);

  /// Classes that exist; their series begin at 0. Repeating one costs nothing. For storage classes, tell only those whose
  /// provisioner has a VolumeSnapshotClass: no other claim can be restored from a snapshot.
  void know_snapshot_class(std::string_view driver, std::string_view snapshot_class);
  void know_storage_class(std::string_view driver, std::string_view storage_class);

  /// A Backup or Restore was seen to reach its final phase (`outcome`). `initiator` is "velero"; `schedule` may be empty.
  void backup_finished(std::string_view initiator, std::string_view schedule, std::string_view outcome, double seconds);
  void restore_finished(std::string_view initiator, std::string_view schedule, std::string_view outcome,
                        double seconds);

  /// Whether the configuration read last could be used, and when it was read; true at the start.
  void config_reloaded(bool successful, objects::Instant at);

  /// All families in the text exposition format.
  std::string exposition();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::serving
