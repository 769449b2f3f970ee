#pragma once

#include <cstdint>
#include <optional>

#include "serving/auth_stats.hpp"
#include "serving/tls_keys.hpp"

namespace snaptrail::serving {

/// What became of the Kubernetes Events about findings.
struct EventStats {
  std::uint64_t created = 0, patched = 0;
  std::uint64_t failed = 0;   ///< the API server refused it, or could not be reached
  std::uint64_t dropped = 0;  ///< too many waited
};

/// What the parts that are off by default have done; all 0 while they are off.
struct OptionStats {
  std::optional<TlsStats> tls;  ///< none: plain HTTP
  AuthStats auth;
  EventStats events;
};

}  // namespace snaptrail::serving
