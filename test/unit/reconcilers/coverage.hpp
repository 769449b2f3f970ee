#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "patient.hpp"
#include "reconcilers/coverage/assess.hpp"
#include "reconcilers/operation_book.hpp"

/// A cluster in memory whose claim shop/data is watched for recoverable points.
namespace snaptrail::test {

using reconcilers::ClaimCoverage;
using reconcilers::CoverageStatus;
using reconcilers::PointEnd;
using reconcilers::PointKind;

inline constexpr int kHour = 3'600;
inline constexpr int kDay = 24 * kHour;

/// Watched from second 0 on; a target of a day unless a test sets another.
class Watched : public Patient {
 public:
  Watched() { targets.standard = objects::Millis{kDay * 1000LL}; }

  /// An object goes of which the ledger keeps an operation.
  template <class T>
  void goes(const T& last, int second) {
    commit();
    operations.gone(last, at(second));
    for (const auto& operation : operations.take()) {
      kept_operations.push_back(operation);
      points.recorded(operation);
    }
  }

  std::vector<ClaimCoverage> all(int second) {
    commit();
    return reconcilers::assess({stores, tracker, points, targets, at(second)});
  }
  /// Of shop/data.
  ClaimCoverage of(int second, const std::string& name = "data") {
    for (auto& claim : all(second)) {
      if (claim.name == name) return claim;
    }
    return {};
  }
  CoverageStatus status(int second) { return of(second).status; }

  /// Snapshot n of shop/data is cut at `second`, ready a moment later.
  void cut_at(int second, int n = 1, DeletionPolicy policy = DeletionPolicy::Retain, const std::string& backup = {}) {
    cuts_[n] = second;
    auto made = made_content(n, second, policy, backup);
    put(snapshot_of(n, backup), second);
    put(made, second);
  }
  /// Both objects go, as at the end of a Velero backup.
  void objects_go(int second, int n = 1, DeletionPolicy policy = DeletionPolicy::Retain,
                  const std::string& backup = {}) {
    drop(snapshot_of(n, backup), second);
    drop(made_content(n, cuts_[n], policy, backup), second);
  }
  /// The driver destroys the copy: its content's status is cleared before it goes.
  void destroy(int second, int n = 1) {
    auto going = made_content(n, cuts_[n], DeletionPolicy::Delete, {});
    going.meta.deleted = at(second);
    put(going, second);
    going.snapshot_handle.clear();
    going.ready = Ready::Nil;
    put(going, second);
    drop(going, second);
  }

  objects::VolumeSnapshotContent made_content(int n, int second, DeletionPolicy policy, const std::string& backup) {
    auto made = cut(content(n), "handle-" + std::to_string(n));
    made.policy = policy;
    made.cut = at(second);
    made.meta.velero.backup = Symbol(backup);
    return made;
  }
  objects::VolumeSnapshot snapshot_of(int n, const std::string& backup) {
    auto made = ready(snapshot(n), n);
    made.meta.velero.backup = Symbol(backup);
    return made;
  }

  objects::Backup finished_backup(int started, int completed, int n = 600, const std::string& name = "nightly") {
    auto made = backup("Completed");
    made.meta.uid = uid(n);
    made.meta.name = name;
    made.started = at(started);
    made.completed = at(completed);
    return made;
  }

  template <class T>
  void store(informers::Store<T>& where, T object) {
    object.meta.resource_version = std::to_string(++version);
    where.upsert(std::move(object));
  }

  reconcilers::OperationBook operations{stores};
  std::vector<objects::Operation> kept_operations;
  reconcilers::RpoTargets targets;

 private:
  std::map<int, int> cuts_;  ///< by snapshot
};

}  // namespace snaptrail::test
