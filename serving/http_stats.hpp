#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace snaptrail::serving {

/// What the HTTP server has done since it started.
struct HttpStats {
  std::map<unsigned, std::uint64_t> answers;  ///< by status
  std::uint64_t handler_exceptions = 0;
  std::uint64_t refused_connections = 0;  ///< beyond the limit
  std::uint64_t evicted_connections = 0;  ///< closed while idle, for new ones beyond the limit
  std::uint64_t failed_handshakes = 0;    ///< of TLS
  std::size_t connections = 0;            ///< now
};

}  // namespace snaptrail::serving
