#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "objects/operation.hpp"
#include "reconcilers/cluster_view.hpp"

namespace snaptrail::reconcilers {

/// Decides what of Backups, Restores and copies of data the ledger is to keep (objects/operation.hpp): what is new or has changed, and how
/// it went, be it while nobody looked. Told after the stores have taken a change in. No clock of its own. One thread.
class OperationBook {
 public:
  /// `cluster` must outlive it.
  explicit OperationBook(const ClusterView& cluster) : cluster_(cluster) {}

  /// What an earlier run recorded; before anything else.
  void restore(objects::Operation operation);

  /// `previous`: the version before; null at first sight.
  template <class T>
    requires requires(const T& object) { objects::operation_of(object); }
  void changed(const T* previous, const T& current) {
    note(previous ? std::optional(told(*previous)) : std::nullopt, told(current));
  }
  /// Its Backup is being deleted from now on.
  void changed(const objects::DeleteBackupRequest* previous, const objects::DeleteBackupRequest& current);

  template <class T>
    requires requires(const T& object) { objects::operation_of(object); }
  void gone(const T& last, objects::Instant at) {
    note_end(told(last), at);
  }
  void gone(const objects::DeleteBackupRequest& last, objects::Instant at);

  /// A list ended: what an earlier run recorded, and the lists didn't show, is gone.
  void settle(objects::Instant at);

  /// What is to be recorded since the last time.
  std::vector<objects::Operation> take() { return std::exchange(news_, {}); }

 private:
  using BackupKey = std::pair<std::string, std::string>;  ///< namespace, name

  template <class T>
  objects::Operation told(const T& object) const {
    return completed(objects::operation_of(object));
  }
  objects::Operation told(const objects::Backup& backup) const;
  objects::Operation completed(objects::Operation operation) const;
  void note(const std::optional<objects::Operation>& previous, objects::Operation current);
  void note_end(objects::Operation last, objects::Instant at);
  void note_again(const objects::DeleteBackupRequest& request);
  objects::OperationEnd end_of(const objects::Operation& last, objects::Instant at) const;

  const ClusterView& cluster_;
  std::unordered_map<objects::Uid, objects::Operation> standing_;  ///< restored, and not seen yet
  std::map<BackupKey, objects::OperationEnd> ended_;               ///< Backups that took along what belongs to them
  std::vector<objects::Operation> news_;
};

}  // namespace snaptrail::reconcilers
