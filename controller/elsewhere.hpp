#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace snaptrail::controller {

/// Names of the objects of one kind that are there and are not followed, since they refer to other namespaces: kept as hashes, so that
/// hundreds of thousands take a few megabytes. What is here is not absent. One strand.
class Elsewhere {
 public:
  void list_started() {
    listed_.clear();
    listing_ = true;
  }
  void list_finished() {
    if (std::exchange(listing_, false)) names_ = std::exchange(listed_, {});
  }
  void add(std::string_view name) {
    names_.insert(hash_(name));
    if (listing_) listed_.insert(hash_(name));
  }
  void remove(std::string_view name) {
    names_.erase(hash_(name));
    listed_.erase(hash_(name));
  }
  bool has(std::string_view name) const { return names_.contains(hash_(name)); }

 private:
  std::hash<std::string_view> hash_;
  std::unordered_set<std::size_t> names_;
  std::unordered_set<std::size_t> listed_;  ///< by the list under way
  bool listing_ = false;
};

}  // namespace snaptrail::controller
