#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/completion.hpp"
#include "cmd/snaptrail/program.hpp"

namespace {

using namespace snaptrail::cmd;

int run_chosen(const Chosen& chosen) {
  try {
    return chosen();
  } catch (const Failure& failure) {
    fmt::print(stderr, "snaptrail: {}\n", failure.what());
    return failure.code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "snaptrail: unexpected failure: {}\n", error.what());
    return kProblemFound;
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that went away (| head) is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const CalledAs called = called_as(argc > 0 ? argv[0] : "");
  Chosen chosen;
  const auto program = make_program(called, chosen);
  if (called == CalledAs::KubectlCompletion) return run_chosen([&] { return print_completions(*program, words); });
  if (!words.empty() && words.front() == kCompleteCommand) {
    return run_chosen([&] { return print_completions(*program, {words.begin() + 1, words.end()}); });
  }
  try {
    program->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program->exit(error) == 0 ? kFine : kUsage;
  }
  return run_chosen(chosen);
}
