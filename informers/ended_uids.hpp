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
    ended_.put(uid, std::string(resource_version));
  }
  /// Whether that version of the object is from before its end. Versions that can't be ordered are not, unless they are equal.
  bool is_replay(const objects::Uid& uid, std::string_view resource_version) const {
    const std::string* end = ended_.find(uid);
    return end != nullptr && compare_resource_versions(resource_version, *end) <= 0;
  }
  void clear() { ended_.clear(); }

 private:
  objects::RecentByUid<std::string> ended_{kLimit};  ///< the versions of their ends
};

}  // namespace snaptrail::informers
