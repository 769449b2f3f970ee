// simulation [--seeds N] [--first S]: runs seeds; a failing one prints itself and what it shrinks to, and ends the program with 1.
// simulation --seed S [--steps N] [--faults 1,2,...]: one run, told step by step, with what it violates.
// simulation --probes: what its API server answers (probes.hpp).
// SNAPTRAIL_SEEDS replaces N, for builds that are slow.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "probes.hpp"
#include "run.hpp"

using namespace snaptrail::simulation;

namespace {

/// In ten thousand seeds each fault occurs at least so often.
constexpr std::uint64_t kOften = 100, kOftenIn = 10'000;

int report(const Plan& plan, const Outcome& outcome) {
  std::printf("seed %llu: %s\n", static_cast<unsigned long long>(plan.seed), outcome.violations.front().c_str());
  const Plan small = shrink(plan);
  std::printf("  as a whole: simulation %s\n", to_string(plan).c_str());
  std::printf("  shrunk to:  simulation %s\n", to_string(small).c_str());
  for (const auto& violation : run(small).violations) std::printf("    %s\n", violation.c_str());
  return 1;
}

int one(const Plan& plan) {
  const Outcome outcome = run(plan);
  for (const auto& violation : outcome.violations) std::printf("%s\n", violation.c_str());
  std::printf("%llu rows, %llu gaps, trace %016llx\n", static_cast<unsigned long long>(outcome.rows),
              static_cast<unsigned long long>(outcome.gaps), static_cast<unsigned long long>(outcome.trace));
  return outcome.violations.empty() ? 0 : 1;
}

int many(std::uint64_t first, std::uint64_t count) {
  std::array<std::uint64_t, kFaults> faults{};
  std::uint64_t rows = 0, gaps = 0;
  double hours = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Plan plan;
    plan.seed = seed;
    const Outcome outcome = run(plan);
    if (!outcome.violations.empty()) return report(plan, outcome);
    if (seed % 100 == 0 && run(plan).trace != outcome.trace) {
      std::printf("seed %llu: two runs of it differ\n", static_cast<unsigned long long>(seed));
      return 1;
    }
    rows += outcome.rows;
    gaps += outcome.gaps;
    hours += static_cast<double>(outcome.virtual_ms) / 3'600'000;
    for (std::size_t kind = 0; kind < kFaults; ++kind) faults[kind] += outcome.faults[kind];
  }
  int rare = 0;
  for (std::size_t kind = 0; kind < kFaults; ++kind) {
    const bool too_rare = faults[kind] * kOftenIn < kOften * count;
    rare += too_rare;
    std::printf("%9llu  %s%s\n", static_cast<unsigned long long>(faults[kind]),
                std::string(to_string(static_cast<Fault>(kind))).c_str(), too_rare ? "  <- too rare" : "");
  }
  std::printf("%llu seeds, %.0f virtual hours, %llu rows, %llu gaps, no violation\n",
              static_cast<unsigned long long>(count), hours, static_cast<unsigned long long>(rows),
              static_cast<unsigned long long>(gaps));
  return rare == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  std::uint64_t first = 1, count = 10'000;
  bool single = false;
  if (argc == 2 && std::string_view(argv[1]) == "--probes") {
    print_probes();
    return 0;
  }
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--seeds") count = std::stoull(value);
    if (name == "--first") first = std::stoull(value);
    if (name == "--steps") plan.steps = std::stoi(value);
    if (name == "--seed") {
      plan.seed = std::stoull(value);
      plan.tells = single = true;
    }
    if (name == "--faults") {
      plan.allowed.reset();
      std::istringstream list(value);
      for (std::string kind; std::getline(list, kind, ',');) plan.allowed.set(std::stoul(kind));
    }
  }
  if (const char* seeds = std::getenv("SNAPTRAIL_SEEDS"); seeds != nullptr && argc == 1) count = std::stoull(seeds);
  return single ? one(plan) : many(first, count);
}
