#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "objects/types.hpp"

namespace snaptrail::reconcilers {

/// What is kept of a Kubernetes Event.
struct StoredEvent {
  objects::Symbol reason;
  bool warning = false;
  std::string message;  ///< cut to EventMemory::kMessageBytes
  std::int64_t count = 0;
  objects::MaybeInstant last;
};

/// The last few Events about each object, bounded in every direction: diagnosis needs what was said last, not a log. Of
/// the Normal ones only those that diagnosis reads are taken. Pure; one thread.
class EventMemory {
 public:
  static constexpr std::size_t kPerObject = 6;
  static constexpr std::size_t kMessageBytes = 768;

  explicit EventMemory(std::size_t max_objects = 10'000) : max_objects_(max_objects) {}

  /// Takes an Event that appeared or changed; one that says that all went well (ProvisioningSucceeded, SnapshotReady)
  /// ends what is remembered of its object. Whether that says anything new about its object: false for Events
  /// that are of no interest, about no one, or older than what is known.
  bool add(const objects::Event& event);
  /// The object is gone, or its story is over.
  void forget(const objects::Uid& about);
  /// Of one object, the newest first. Valid until the next change.
  std::span<const StoredEvent> about(const objects::Uid& uid) const;

  std::size_t objects() const { return entries_.size(); }
  /// Objects whose Events were dropped for want of room.
  std::uint64_t evicted() const { return evicted_; }

 private:
  struct Entry {
    std::vector<StoredEvent> events;
    std::list<objects::Uid>::iterator age;
  };
  std::size_t max_objects_;
  std::uint64_t evicted_ = 0;
  std::list<objects::Uid> by_age_;  ///< the one heard of last at the end
  std::unordered_map<objects::Uid, Entry> entries_;
};

}  // namespace snaptrail::reconcilers
