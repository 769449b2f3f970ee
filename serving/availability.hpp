#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "informers/intake.hpp"

namespace snaptrail::serving {

using informers::Availability;

/// Every availability with its name, for pages and for metrics that have one series each.
inline constexpr std::array<std::pair<Availability, std::string_view>, 5> kAvailabilities = {{
    {Availability::Syncing, "syncing"},
    {Availability::Synced, "synced"},
    {Availability::Absent, "absent"},
    {Availability::Forbidden, "forbidden"},
    {Availability::Failing, "failing"},
}};

constexpr std::string_view name_of(Availability availability) {
  for (const auto& [value, name] : kAvailabilities) {
    if (value == availability) return name;
  }
  return "unknown";
}

}  // namespace snaptrail::serving
