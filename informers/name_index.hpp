#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "informers/cell.hpp"

namespace snaptrail::informers {

/// A store's cells by namespace and name. Nearly always a name has one: those beside the first are kept apart. The cells
/// must outlive their place here. One strand.
template <class Cell>
class NameIndex {
 public:
  void add(const Cell& cell) {
    if (!first_.insert(Slot{&cell}).second) others_.insert(&cell);
  }
  void remove(const Cell& cell) {
    const auto first = first_.find(&cell);
    const auto other = others_.find(&cell);
    if (first->cell != &cell) {
      for (auto it = other; it != others_.end(); ++it) {
        if (*it == &cell) return static_cast<void>(others_.erase(it));
      }
    } else if (other != others_.end()) {
      first->cell = *other;
      others_.erase(other);
    } else {
      first_.erase(first);
    }
  }
  /// A newer version in place of the one before, which is still there. No API server renames; the index must not rot.
  void replace(const Cell& before, const Cell& now) {
    std::string scratch_before, scratch_now;
    if (const auto first = first_.find(&before);
        first->cell == &before && before.key(scratch_before) == now.key(scratch_now)) {
      first->cell = &now;
      return;
    }
    remove(before);
    add(now);
  }
  void clear() {
    first_.clear();
    others_.clear();
  }

  /// Calls visit(cell) for each of that name.
  template <class Visit>
  void for_each_of(const NameKey& key, Visit visit) const {
    const auto first = first_.find(key);
    if (first == first_.end()) return;
    visit(*first->cell);
    if (others_.empty()) return;
    const auto [begin, end] = others_.equal_range(key);
    for (auto it = begin; it != end; ++it) visit(**it);
  }

 private:
  struct Slot {
    mutable const Cell* cell;  ///< another one of the same name takes its place
  };
  /// A key, or whatever has one.
  class KeyOf {
   public:
    explicit KeyOf(const NameKey& key) : key_(key) {}
    explicit KeyOf(const Cell* cell) : key_(cell->key(scratch_)) {}
    explicit KeyOf(const Slot& slot) : KeyOf(slot.cell) {}
    KeyOf(const KeyOf&) = delete;  // the key may be in scratch_
    KeyOf& operator=(const KeyOf&) = delete;
    const NameKey& operator*() const { return key_; }

   private:
    std::string scratch_;
    NameKey key_;
  };
  struct Hash {
    using is_transparent = void;
    template <class K>
    std::size_t operator()(const K& of) const {
      const KeyOf key(of);
      const std::hash<std::string_view> hash;
      return hash((*key).ns) * 31 + hash((*key).name);
    }
  };
  struct Equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return *KeyOf(a) == *KeyOf(b);
    }
  };

  boost::unordered_flat_set<Slot, Hash, Equal> first_;
  std::unordered_multiset<const Cell*, Hash, Equal> others_;
};

}  // namespace snaptrail::informers
