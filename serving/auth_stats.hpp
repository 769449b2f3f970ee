#pragma once

#include <cstdint>

namespace snaptrail::serving {

/// What the Authenticator has decided and asked since the start.
struct AuthStats {
  std::uint64_t allowed = 0, unauthenticated = 0, forbidden = 0, unavailable = 0;
  std::uint64_t token_reviews = 0, access_reviews = 0;  ///< asked
  std::uint64_t failed_reviews = 0;                     ///< of these, without an answer
  std::uint64_t limited_reviews = 0;                    ///< not asked: too many in too short a time
};

}  // namespace snaptrail::serving
