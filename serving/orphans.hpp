#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "objects/row.hpp"
#include "objects/types.hpp"

namespace snaptrail::serving {

/// VolumeSnapshotContents in state Orphaned that are alike: retained ones (policy Retain), and those that were left behind.
struct OrphanGroup {
  std::string driver;
  objects::DeletionPolicy policy = objects::DeletionPolicy::None;
  std::string_view age;  ///< a step of age_step()
  std::uint64_t contents = 0;
  std::uint64_t restore_size_bytes = 0;  ///< sum of the known status.restoreSize: logical, not what the backend keeps
};

/// The age of a copy in steps: "1d" for up to a day, "7d", "30d", "365d", "older". A literal.
std::string_view age_step(objects::Millis age);

/// Counts them.
class OrphanTally {
 public:
  /// `age`: of the copy, since its cut; `restore_size`: in bytes, negative where unknown.
  void add(std::string_view driver, objects::DeletionPolicy policy, objects::Millis age, std::int64_t restore_size);
  /// By driver, policy and age.
  std::vector<OrphanGroup> groups() const;

 private:
  std::map<std::tuple<std::string, objects::DeletionPolicy, objects::Millis>, OrphanGroup> groups_;
};

}  // namespace snaptrail::serving
