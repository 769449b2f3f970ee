#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "objects/uid.hpp"

namespace snaptrail::objects {

/// A value for each of the UIDs that were put in last: beyond `limit` the one that was put in first goes. A new value for a known UID
/// does not make it younger. One thread.
template <class Value>
class RecentByUid {
 public:
  explicit RecentByUid(std::size_t limit) : limit_(limit) {}

  /// Puts a value in and returns the one before; nullopt for a UID that was not there.
  std::optional<Value> put(const Uid& uid, Value value) {
    const auto [known, added] = values_.try_emplace(uid, value);
    if (!added) return std::exchange(known->second, std::move(value));
    by_age_.push_back(uid);
    if (by_age_.size() > limit_) {
      values_.erase(by_age_.front());
      by_age_.pop_front();
    }
    return std::nullopt;
  }
  /// The value that put() of that UID would let go; null: none. Valid until the next call that changes anything.
  const Value* evicted_by(const Uid& uid) const {
    const bool fits = by_age_.size() < limit_ || values_.contains(uid);
    return fits || by_age_.empty() ? nullptr : find(by_age_.front());
  }
  /// Null for a UID that is not there; valid until the next call that changes anything.
  const Value* find(const Uid& uid) const {
    const auto found = values_.find(uid);
    return found == values_.end() ? nullptr : &found->second;
  }
  /// Takes the value out; nullopt for a UID that is not there. Where it is there, it takes as long as `limit` is large.
  std::optional<Value> take(const Uid& uid) {
    auto taken = values_.extract(uid);
    if (!taken) return std::nullopt;
    by_age_.erase(std::ranges::find(by_age_, uid));
    return std::move(taken.mapped());
  }
  void clear() {
    values_.clear();
    by_age_.clear();
  }

 private:
  std::size_t limit_;
  std::unordered_map<Uid, Value> values_;
  std::deque<Uid> by_age_;  ///< the one put in first at the front
};

}  // namespace snaptrail::objects
