#pragma once

#include <CLI/App.hpp>
#include <string>
#include <string_view>
#include <vector>

/// Shell completion. The scripts for bash, zsh and fish, and kubectl itself, ask the program: `snaptrail __complete WORD…`, the last
/// word being the one under the cursor. The answer is in the form that kubectl and all that is made with Cobra use: one
/// candidate a line, a tab and its description behind it, and a last line `:DIRECTIVE`.
namespace snaptrail::cmd {

inline constexpr std::string_view kCompleteCommand = "__complete";

struct Completions {
  enum Directive : int { kFiles = 0, kNoFiles = 4 };
  struct Candidate {
    std::string text;
    std::string description;
  };
  std::vector<Candidate> candidates;
  Directive directive = kNoFiles;
};

/// What may stand in place of the last word. Pure: nothing is asked but the program's own commands and flags.
Completions complete(const CLI::App& program, const std::vector<std::string>& given);

/// Prints complete()'s answer.
int print_completions(const CLI::App& program, const std::vector<std::string>& words);

/// The script for a shell: bash, zsh or fish.
std::string_view completion_script(std::string_view shell);

}  // namespace snaptrail::cmd
