#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <csignal>
#include <cstdio>
#include <exception>

#include "cmd/snaptrail/commands.hpp"

int main(int argc, char** argv) {
  using namespace snaptrail::cmd;
  // A reader that went away (| head) is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App program("Follows CSI snapshot backups and restores, step by step, and remembers.", "snaptrail");
  program.require_subcommand(1);
  program.set_version_flag("--version", "snaptrail " SNAPTRAIL_VERSION);
  program.footer(
      "Exit codes: 0 fine; 1 a problem was found; 2 usage or configuration; 3 the API server can't be reached or "
      "refuses.");
  Chosen chosen;
  add_run(program, chosen);
  add_demo(program, chosen);
  add_record(program, chosen);
  add_replay(program, chosen);
  add_status(program, chosen);
  add_timeline(program, chosen);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kFine : kUsage;
  }
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
