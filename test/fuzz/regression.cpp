// The fuzzers' corpus as a test of every build: each file of test/fuzz/corpus, the recordings' lines, and damaged copies of both
// (always the same ones). Aborts, or ends with a sanitizer's report, where a fuzzer would.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "targets.hpp"

namespace {

namespace fs = std::filesystem;
using Target = void (*)(std::string_view);

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The input, cut short at some places and with some bytes flipped.
std::size_t run(Target target, const std::string& input, std::uint64_t damage) {
  target(input);
  std::uint64_t chance = input.size() * 0x9e3779b97f4a7c15ULL + 1;
  const auto next = [&chance](std::uint64_t limit) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % limit;
  };
  for (std::uint64_t i = 0; !input.empty() && i < damage; ++i) {
    std::string damaged = input;
    for (std::uint64_t flips = next(4); flips > 0; --flips)
      damaged[next(damaged.size())] = static_cast<char>(next(256));
    if (i % 2 == 0) damaged.resize(next(damaged.size() + 1));
    target(damaged);
  }
  return 1 + damage;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_regression CORPUS RECORDINGS\n");
    return 2;
  }
  namespace fuzz = snaptrail::fuzz;
  const std::pair<const char*, Target> targets[] = {{"decoder", fuzz::decoder},
                                                    {"http", fuzz::http},
                                                    {"kubeconfig", fuzz::kubeconfig},
                                                    {"recording", fuzz::recording}};
  std::size_t inputs = 0;
  for (const auto& [name, target] : targets) {
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(argv[1]) / name)) {
      inputs += run(target, read(entry.path()), 200);
      ++files;
    }
    if (files == 0) {
      std::fprintf(stderr, "no corpus for %s in %s\n", name, argv[1]);
      return 1;
    }
  }
  for (const auto& entry : fs::directory_iterator(argv[2])) {
    if (entry.path().extension() != ".ndjson") continue;
    inputs += run(fuzz::recording, read(entry.path()), 20);
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const auto event = line.find("\"event\":");
      if (event != std::string::npos)
        inputs += run(fuzz::decoder, line.substr(event + 8, line.size() - event - 9) + "\n", 10);
    }
  }
  std::printf("%zu inputs\n", inputs);
  return 0;
}
