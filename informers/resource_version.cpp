#include "informers/resource_version.hpp"

#include <algorithm>
#include <cstddef>

namespace snaptrail::informers {
namespace {

constexpr std::size_t kMaxDigits = 39;  // of 2^128

}  // namespace

bool is_well_formed_version(std::string_view version) {
  return !version.empty() && version.size() <= kMaxDigits && version[0] != '0' &&
         std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
}

std::partial_ordering compare_resource_versions(std::string_view a, std::string_view b) {
  if (a == b) return std::partial_ordering::equivalent;
  if (!is_well_formed_version(a) || !is_well_formed_version(b)) return std::partial_ordering::unordered;
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

}  // namespace snaptrail::informers
