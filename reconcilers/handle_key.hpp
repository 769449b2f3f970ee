#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace snaptrail::reconcilers {

/// What is remembered of a driver's volume or snapshot handle, of which there may be hundreds of thousands: a hash of both.
using HandleKey = std::uint64_t;

inline HandleKey handle_key(std::string_view driver, std::string_view handle) {
  const std::hash<std::string_view> hash;
  return hash(driver) * 0x9E3779B97F4A7C15ULL + hash(handle);
}

}  // namespace snaptrail::reconcilers
