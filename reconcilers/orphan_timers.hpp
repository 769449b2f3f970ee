#pragma once

#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "objects/instant.hpp"
#include "objects/uid.hpp"

namespace snaptrail::reconcilers {

/// A content whose VolumeSnapshot is absent, and since when.
struct OrphanWatch {
  objects::Uid content;
  std::string content_name;
  objects::Uid snapshot;
  std::string snapshot_resource_version;  ///< its last one; empty if it was never seen
  objects::Instant since;
  bool late = false;  ///< the absence was found by a list
};

/// The contents that become Orphaned unless something happens, in the order of (due time, name). No clock of its own.
class OrphanTimers {
 public:
  explicit OrphanTimers(objects::Millis delay) : delay_(delay) {}

  void start(OrphanWatch watch) {
    if (due_by_content_.contains(watch.content)) return;
    const Key key{watch.since + delay_, watch.content_name, watch.content};
    due_by_content_.emplace(watch.content, key);
    watches_.emplace(watch.content, std::move(watch));
    queue_.insert(key);
  }
  void cancel(const objects::Uid& content) {
    const auto found = due_by_content_.find(content);
    if (found == due_by_content_.end()) return;
    queue_.erase(found->second);
    due_by_content_.erase(found);
    watches_.erase(content);
  }
  std::optional<objects::Instant> next() const {
    return queue_.empty() ? std::nullopt : std::optional(std::get<0>(*queue_.begin()));
  }
  /// Takes out the first one due at `now`, or nullopt.
  std::optional<OrphanWatch> pop(objects::Instant now) {
    if (queue_.empty() || std::get<0>(*queue_.begin()) > now) return std::nullopt;
    const objects::Uid content = std::get<2>(*queue_.begin());
    OrphanWatch watch = std::move(watches_.at(content));
    cancel(content);
    return watch;
  }

 private:
  using Key = std::tuple<objects::Instant, std::string, objects::Uid>;
  objects::Millis delay_;
  std::set<Key> queue_;
  std::unordered_map<objects::Uid, Key> due_by_content_;
  std::unordered_map<objects::Uid, OrphanWatch> watches_;
};

}  // namespace snaptrail::reconcilers
