#pragma once

#include <cstddef>
#include <deque>
#include <unordered_set>

#include "objects/uid.hpp"

namespace snaptrail::informers {

/// The UIDs of objects that ended last: by them a replay of an older event is told from a new object, so that nothing rises from
/// the dead. Holds the last kLimit of them, far more than a server repeats. One strand.
class EndedUids {
 public:
  static constexpr std::size_t kLimit = 4096;

  void note(const objects::Uid& uid) {
    if (!uids_.insert(uid).second) return;
    order_.push_back(uid);
    if (order_.size() <= kLimit) return;
    uids_.erase(order_.front());
    order_.pop_front();
  }
  bool holds(const objects::Uid& uid) const { return uids_.contains(uid); }
  void clear() {
    uids_.clear();
    order_.clear();
  }

 private:
  std::unordered_set<objects::Uid> uids_;
  std::deque<objects::Uid> order_;
};

}  // namespace snaptrail::informers
