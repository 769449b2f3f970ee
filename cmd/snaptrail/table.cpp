#include "cmd/snaptrail/table.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace snaptrail::cmd {
namespace {

constexpr std::size_t kGap = 3;
constexpr std::string_view kReset = "\x1b[0m";

}  // namespace

std::vector<std::size_t> fit_widths(const std::vector<Column>& columns, std::vector<std::size_t> natural,
                                    std::size_t available) {
  const std::size_t gaps = columns.empty() ? 0 : kGap * (columns.size() - 1);
  const auto total = [&] { return std::accumulate(natural.begin(), natural.end(), gaps); };
  while (available > 0 && total() > available) {
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool may_shrink = columns[i].least > 0 && natural[i] > columns[i].least;
      if (may_shrink && (widest == columns.size() || natural[i] > natural[widest])) widest = i;
    }
    if (widest == columns.size()) break;
    --natural[widest];
  }
  return natural;
}

Table::Table(std::vector<Column> columns, const Terminal& terminal)
    : columns_(std::move(columns)), terminal_(terminal) {
  for (const Column& column : columns_) natural_.push_back(display_width(column.title));
  widths_ = fit_widths(columns_, natural_, terminal_.width);
}

void Table::make_room(const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < std::min(line.size(), columns_.size()); ++i) {
      natural_[i] = std::max(natural_[i], display_width(line[i].text));
    }
  }
  widths_ = fit_widths(columns_, natural_, terminal_.width);
}

std::string Table::header() const {
  Line line;
  for (const Column& column : columns_) line.push_back({column.title, colours::kNone});
  return format(line);
}

std::string Table::format(const Line& line) const {
  const std::size_t count = std::min(line.size(), columns_.size());
  std::size_t left = terminal_.width == 0 ? SIZE_MAX : terminal_.width;
  std::string text;
  for (std::size_t i = 0; i < count && left > 0; ++i) {
    const bool last = i + 1 == count;
    // Without a terminal's limit the last cell is as long as it is.
    const std::size_t room = last && terminal_.width == 0 ? SIZE_MAX : std::min(left, widths_[i]);
    const std::string cell = cut_to_width(line[i].text, room);
    const bool painted = terminal_.colour && !line[i].colour.empty();
    if (painted) text += line[i].colour;
    text += cell;
    if (painted) text += kReset;
    left -= std::min(left, display_width(cell));
    if (last) break;
    const std::size_t padding = std::min(left, widths_[i] + kGap - display_width(cell));
    text.append(padding, ' ');
    left -= padding;
  }
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace snaptrail::cmd
