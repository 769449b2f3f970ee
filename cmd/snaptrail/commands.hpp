#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <stdexcept>
#include <string>

namespace snaptrail::cmd {

/// Exit codes of the binary; documented in README and --help.
enum Exit : int {
  kFine = 0,
  kProblemFound = 1,
  kUsage = 2,
  kServer = 3,
};

/// Ends a command with a message on standard error and an exit code.
class Failure : public std::runtime_error {
 public:
  Failure(Exit code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Exit code() const { return code_; }

 private:
  Exit code_;
};

/// Each adds its subcommand to the program; `chosen` becomes what runs it (an exit code comes back).
using Chosen = std::function<int()>;
void add_run(CLI::App& program, Chosen& chosen);
void add_demo(CLI::App& program, Chosen& chosen);
void add_record(CLI::App& program, Chosen& chosen);
void add_replay(CLI::App& program, Chosen& chosen);
void add_status(CLI::App& program, Chosen& chosen);
void add_timeline(CLI::App& program, Chosen& chosen);
void add_coverage(CLI::App& program, Chosen& chosen);
void add_explain(CLI::App& program, Chosen& chosen);
void add_doctor(CLI::App& program, Chosen& chosen);
void add_version(CLI::App& program, Chosen& chosen);
void add_completion(CLI::App& program, Chosen& chosen);
void add_manual(CLI::App& program, Chosen& chosen);

}  // namespace snaptrail::cmd
