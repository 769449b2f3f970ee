#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace snaptrail::informers {

/// Whether two short texts are equal, a word at a time and without a call: keys and names are compared a hundred times
/// per object.
inline bool same_text(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  const auto differs = [&](std::size_t at) {
    std::uint64_t left, right;
    std::memcpy(&left, a.data() + at, sizeof left);
    std::memcpy(&right, b.data() + at, sizeof right);
    return left != right;
  };
  if (size >= 8) {
    if (differs(size - 8)) return false;
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      if (differs(i)) return false;
    }
    return true;
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace snaptrail::informers
