#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

#include "world.hpp"

namespace snaptrail::simulation {

/// What a run is made from: the same plan gives the same run, byte for byte.
struct Plan {
  std::uint64_t seed = 0;
  int steps = 150;  ///< with faults; afterwards the world is at peace until all is settled
  std::bitset<kFaults> allowed = std::bitset<kFaults>().set();
  bool tells = false;  ///< print it step by step
};

struct Outcome {
  std::vector<std::string> violations;
  std::uint64_t trace = 0;  ///< a hash of everything that was recorded
  std::array<std::uint64_t, kFaults> faults{};
  std::uint64_t rows = 0, gaps = 0;
  std::int64_t virtual_ms = 0;
};

Outcome run(const Plan& plan);

/// The smallest plan that fails as `plan` does: fewer steps, fewer kinds of faults.
Plan shrink(Plan plan);

/// The plan as arguments of this program, and its faults by name.
std::string to_string(const Plan& plan);

}  // namespace snaptrail::simulation
