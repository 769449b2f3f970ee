#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "cmd/snaptrail/commands.hpp"

namespace snaptrail::cmd {

/// What the program was called as, by the name of its file.
enum class CalledAs : std::uint8_t {
  Snaptrail,
  KubectlPlugin,      ///< kubectl-snaptrail: kubectl runs it as `kubectl snaptrail`
  KubectlCompletion,  ///< kubectl_complete-snaptrail: kubectl asks it for completions of the plugin's arguments
};
CalledAs called_as(std::string_view argv0);

/// All commands and flags, with usage lines that begin as the user's own did. `chosen` must outlive it.
std::unique_ptr<CLI::App> make_program(CalledAs called, Chosen& chosen);

}  // namespace snaptrail::cmd
