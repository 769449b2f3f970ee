#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/snaptrail/terminal.hpp"

/// Tables in kubectl's style: columns padded to their widest cell and three spaces apart; on a terminal they are made to fit it by
/// cutting cells, and no line ever wraps.
namespace snaptrail::cmd {

/// The colour of a cell, as its terminal escape; empty: none.
namespace colours {
inline constexpr std::string_view kNone;
inline constexpr std::string_view kGood = "\x1b[32m";
inline constexpr std::string_view kBad = "\x1b[31m";
inline constexpr std::string_view kBusy = "\x1b[33m";
inline constexpr std::string_view kEnding = "\x1b[35m";
inline constexpr std::string_view kDim = "\x1b[2m";
}  // namespace colours

struct Column {
  std::string title;
  std::size_t least = 0;  ///< it is not cut below that many columns; 0: it is not cut at all
};

struct Cell {
  std::string text;  ///< printable UTF-8
  std::string_view colour = colours::kNone;
};

using Line = std::vector<Cell>;

/// The columns' widths so that a line is at most `available` wide (0: no limit): the widest of those that may be cut give
/// way first, down to their `least`. `natural`: what the cells would need.
std::vector<std::size_t> fit_widths(const std::vector<Column>& columns, std::vector<std::size_t> natural,
                                    std::size_t available);

/// Lines of one table, formatted together or as they come.
class Table {
 public:
  Table(std::vector<Column> columns, const Terminal& terminal);

  /// Makes room for these lines; columns only ever get wider. To be called before format() with all lines that are known.
  void make_room(const std::vector<Line>& lines);
  /// The titles as a line, without a newline.
  std::string header() const;
  /// One line, without a newline; cells beyond the last column are left out.
  std::string format(const Line& line) const;

 private:
  std::vector<Column> columns_;
  Terminal terminal_;
  std::vector<std::size_t> natural_;
  std::vector<std::size_t> widths_;
};

}  // namespace snaptrail::cmd
