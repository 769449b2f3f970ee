// What the pipeline and the ledger tell a daemon, passed on to the log, the metrics, the page's feed.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <utility>

#include "controller/daemon_impl.hpp"
#include "controller/row_text.hpp"

namespace snaptrail::controller {
namespace {

/// Records of what was there before the start that wait for the ledger at most, a few megabytes.
constexpr std::size_t kRecordRoom = 3'000;

}  // namespace

void Daemon::Impl::record(ledger::Batch batch) { writer->append(std::move(batch)); }

void Daemon::Impl::availability_changed(const informers::Target& target, informers::Availability availability,
                                        std::string_view why) {
  const bool fine = availability == informers::Availability::Synced;
  const std::string line = fmt::format("informer resource={} availability={}{}{}", informers::stream_text(target),
                                       to_string(availability), why.empty() ? "" : " why=", why);
  fine ? log.info(line) : log.warn(line);
}

void Daemon::Impl::operation_finished(const FinishedOperation& operation) {
  const double seconds = static_cast<double>(operation.duration.count()) / 1000.0;
  log.info(fmt::format("{} finished name={} phase={} seconds={:.0f}", objects::to_string(operation.kind),
                       operation.name, operation.phase, seconds));
  if (operation.kind == objects::Kind::Backup) {
    metrics->backup_finished("velero", operation.schedule, operation.phase, seconds);
  } else {
    metrics->restore_finished("velero", operation.schedule, operation.phase, seconds);
  }
}

bool Daemon::Impl::has_room() const { return writer->queued_records() < kRecordRoom; }

void Daemon::Impl::gate_opened(Instant) {
  const auto& stores = pipeline->stores();
  log.info(fmt::format("synced: classification begins snapshots={} contents={} claims={} volumes={}",
                       stores.snapshots.size(), stores.contents.size(), stores.claims.size(), stores.volumes.size()));
  tell_classes();
}

void Daemon::Impl::scope_changed(const Scope::Change& change) {
  const Scope& scope = pipeline->scope();
  log.info(fmt::format("follows namespaces={} began={} ended={}", scope.namespaces().size(),
                       fmt::join(change.added, ","), fmt::join(change.removed, ",")));
  if (scope.namespaces().empty()) log.warn("no namespace matches watch.namespaceSelector: nothing is followed");
  if (follower) follower->scope_changed(change);
}

void Daemon::Impl::namespaces_missing(const std::vector<std::string>& names) {
  log.warn(fmt::format("namespaces of watch.namespaces that do not exist, looked for all the same: {}",
                       fmt::join(names, ", ")));
}

std::string Daemon::Impl::class_of(objects::Kind kind, const objects::Uid& uid) const {
  const auto& stores = pipeline->stores();
  if (kind == objects::Kind::VolumeSnapshot) {
    const auto snapshot = stores.snapshots.find(uid);
    return snapshot ? snapshot->class_name.get() : std::string();
  }
  if (kind == objects::Kind::VolumeSnapshotContent) {
    const auto content = stores.contents.find(uid);
    return content ? content->class_name.get() : std::string();
  }
  const auto claim = stores.claims.find(uid);
  return claim ? claim->storage_class.get() : std::string();
}

void Daemon::Impl::tell_classes() {
  const auto& stores = pipeline->stores();
  std::set<std::string> drivers;
  stores.snapshot_classes.for_each([&](const objects::VolumeSnapshotClass& snapshot_class) {
    metrics->know_snapshot_class(snapshot_class.driver.get(), snapshot_class.meta.name);
    drivers.insert(snapshot_class.driver.get());
  });
  stores.storage_classes.for_each([&](const objects::StorageClass& storage_class) {
    if (drivers.contains(storage_class.provisioner.get())) {
      metrics->know_storage_class(storage_class.provisioner.get(), storage_class.meta.name);
    }
  });
}

void Daemon::Impl::on_committed(const std::vector<objects::Row>& rows, Instant at) {
  feed->append(rows);
  for (const auto& row : rows) {
    metrics->recorded(row, at);
    log.info(row_text(row));
    parts->recorded(row);
    if (options.on_row) options.on_row(row);
  }
}

}  // namespace snaptrail::controller
