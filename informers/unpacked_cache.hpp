#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "objects/held.hpp"

namespace snaptrail::informers {

/// The last few objects of a store that were unpacked: who looks at one looks at its relatives, and at them again in the next
/// question. What leaves the store, or is replaced, must be forgotten. One strand.
template <class T, class Cell>
class UnpackedCache {
 public:
  objects::Held<T> held(const Cell& cell) {
    Entry& entry = entry_of(cell);
    if (entry.cell != &cell || !entry.object) entry = {&cell, cell.held()};
    return entry.object;
  }
  void forget(const Cell& cell) {
    if (Entry& entry = entry_of(cell); entry.cell == &cell) entry = {};
  }
  void clear() { entries_ = {}; }

 private:
  struct Entry {
    const Cell* cell = nullptr;
    objects::Held<T> object;
  };
  static constexpr std::size_t kEntries = 16;

  Entry& entry_of(const Cell& cell) {
    // Blocks of memory begin at multiples of 16.
    return entries_[reinterpret_cast<std::uintptr_t>(&cell) / 16 % kEntries];
  }

  std::array<Entry, kEntries> entries_;
};

}  // namespace snaptrail::informers
