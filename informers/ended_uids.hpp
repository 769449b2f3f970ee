#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "informers/resource_version.hpp"
#include "objects/uid.hpp"

namespace snaptrail::informers {

/// The objects that ended last, and at which resourceVersion: by them a replay of an older event is told from what is new, so that
/// nothing rises from the dead. A watch with a selector says DELETED, too, of what only ceased to match: it may come again, in a
/// newer version. Holds the last kLimit of them, far more than a server repeats. One strand.
class EndedUids {
 public:
  static constexpr std::size_t kLimit = 4096;

  void note(const objects::Uid& uid, std::string_view resource_version) {
    const auto [ended, first] = ended_.insert_or_assign(uid, std::string(resource_version));
    if (!first) return;
    order_.push_back(uid);
    if (order_.size() <= kLimit) return;
    ended_.erase(order_.front());
    order_.pop_front();
  }
  /// Whether that version of the object is from before its end. Versions that can't be ordered are not, unless they are equal.
  bool is_replay(const objects::Uid& uid, std::string_view resource_version) const {
    const auto found = ended_.find(uid);
    return found != ended_.end() && compare_resource_versions(resource_version, found->second) <= 0;
  }
  void clear() {
    ended_.clear();
    order_.clear();
  }

 private:
  std::unordered_map<objects::Uid, std::string> ended_;
  std::deque<objects::Uid> order_;  ///< of their ends
};

}  // namespace snaptrail::informers
