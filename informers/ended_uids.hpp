#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "informers/resource_version.hpp"
#include "objects/recent_by_uid.hpp"
#include "objects/uid.hpp"

namespace snaptrail::informers {

/// The objects that ended last, and at which resourceVersion: by them a replay of an older event is told from what is new, so that
/// nothing rises from the dead. A watch with a selector says DELETED, too, of what only ceased to match: it may come again, in a
/// newer version. Holds the last kLimit of them, far more than a server repeats. One strand.
class EndedUids {
 public:
  static constexpr std::size_t kLimit = 4096;

  void note(const objects::Uid& uid, std::string_view resource_version) {
    // What goes for it is the oldest entry, and its end may all the same be later than that of one that went before it.
    const std::string* going = ended_.evicted_by(uid);
    if (going && (forgotten_.empty() || !(compare_resource_versions(*going, forgotten_) <= 0))) forgotten_ = *going;
    ended_.put(uid, std::string(resource_version));
  }
  /// Whether that version of the object is from before its end. Versions that can't be ordered are not, unless they are equal.
  bool is_replay(const objects::Uid& uid, std::string_view resource_version) const {
    const std::string* end = ended_.find(uid);
    return end != nullptr && compare_resource_versions(resource_version, *end) <= 0;
  }
  /// The version of its end; empty if it is not remembered.
  std::string_view ended_at(const objects::Uid& uid) const {
    const std::string* end = ended_.find(uid);
    return end ? std::string_view(*end) : std::string_view();
  }
  /// Whether everything that ended after that version is remembered: false once so many have ended since that some were forgotten.
  bool remembers_all_after(std::string_view resource_version) const {
    return forgotten_.empty() || compare_resource_versions(forgotten_, resource_version) <= 0;
  }
  void clear() {
    ended_.clear();
    forgotten_.clear();
  }

 private:
  objects::RecentByUid<std::string> ended_{kLimit};  ///< the versions of their ends
  std::string forgotten_;  ///< the latest end that is no longer remembered; empty: none was forgotten
};

}  // namespace snaptrail::informers
