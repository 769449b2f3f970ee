#include "cmd/snaptrail/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "cmd/snaptrail/commands.hpp"

namespace snaptrail::cmd {

void watch(const std::function<void()>& look) {
  // Small against what snapshots take, and nothing to a daemon.
  constexpr std::chrono::seconds kEvery{2};
  constexpr std::chrono::seconds kLongest{30};
  std::chrono::seconds pause = kEvery;
  std::string said;
  for (;;) {
    std::this_thread::sleep_for(pause);
    try {
      look();
      if (!said.empty()) fmt::print(stderr, "snaptrail: it answers again\n");
      said.clear();
      pause = kEvery;
    } catch (const Failure& failure) {
      if (failure.code() != kServer) throw;
      if (said != failure.what()) fmt::print(stderr, "snaptrail: {}\nsnaptrail: trying again\n", failure.what());
      said = failure.what();
      pause = std::min(pause * 2, kLongest);
    }
  }
}

}  // namespace snaptrail::cmd
