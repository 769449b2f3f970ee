#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace snaptrail::cmd {

/// What standard output is.
struct Terminal {
  bool is_terminal = false;
  std::size_t width = 0;  ///< columns; 0: no limit (a file, a pipe)
  bool colour = false;    ///< a terminal that can, unless NO_COLOR is set to something (no-color.org)
};

/// Asks the system and the environment: TERM, NO_COLOR, and COLUMNS where the terminal does not know its width.
Terminal find_terminal();

/// Columns that a text takes on a terminal: 2 for wide East Asian characters and emoji, 0 for marks that combine. `text` is
/// UTF-8 without control characters.
std::size_t display_width(std::string_view text);

/// The text if it is no wider than `width`, else its beginning and `…`, together at most `width` wide.
std::string cut_to_width(std::string_view text, std::size_t width);

}  // namespace snaptrail::cmd
