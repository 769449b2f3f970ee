#pragma once

#include <algorithm>
#include <chrono>

namespace snaptrail::controller {

/// How much of shutdown.timeout is kept for answers under way, at the end; scrapes take less than a second. The rest is the
/// ledger's: also where all is short, most of it.
constexpr std::chrono::milliseconds server_patience(std::chrono::milliseconds shutdown_timeout) {
  return std::min(std::chrono::milliseconds(1'000), shutdown_timeout / 4);
}

}  // namespace snaptrail::controller
