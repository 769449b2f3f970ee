#pragma once

#include <CLI/App.hpp>
#include <string>

namespace snaptrail::cmd {

/// The manual page snaptrail(1) of all commands and flags, in the man(7) macros, made from what --help prints.
std::string manual_page(const CLI::App& program);

}  // namespace snaptrail::cmd
