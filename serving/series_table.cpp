#include "serving/series_table.hpp"

#include <algorithm>
#include <utility>

namespace snaptrail::serving {
namespace {

constexpr std::size_t kBlock = 256u << 10;

}  // namespace

SeriesTable::SeriesTable(std::initializer_list<Family> families) {
  columns_.reserve(families.size());
  for (const Family& family : families) columns_.push_back({family, {}});
}

std::string_view SeriesTable::keep(std::string_view text) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back().reserve(std::max(kBlock, text.size()));
  }
  std::string& block = blocks_.back();
  const std::size_t at = block.size();
  block += text;
  return {block.data() + at, text.size()};
}

bool SeriesTable::add(std::initializer_list<LabelText> labels) {
  scratch_.clear();
  append_labels(scratch_, labels);
  if (known_.contains(scratch_)) return false;
  labels_.push_back(keep(scratch_));
  known_.insert(labels_.back());
  return true;
}

template <class T>
void SeriesTable::put_entry(std::size_t family, T value, T nothing) {
  auto& entries = columns_[family].entries;
  if (std::holds_alternative<std::monostate>(entries)) entries = std::vector<T>();
  auto& column = std::get<std::vector<T>>(entries);
  column.resize(labels_.size() - 1, nothing);
  column.push_back(value);
}

void SeriesTable::put(std::size_t family, std::int64_t value) { put_entry(family, value, kNothing); }

void SeriesTable::put(std::size_t family, objects::MaybeInstant at) {
  if (at) put_entry(family, *at, objects::Instant::min());
}

void SeriesTable::put(std::size_t family, std::initializer_list<LabelText> further) {
  scratch_.clear();
  append_labels(scratch_, further);
  put_entry(family, keep(scratch_), std::string_view());
}

void SeriesTable::append_series(std::string& out, const Family& family, std::size_t row,
                                std::string_view further) const {
  out += family.name;
  out += '{';
  out += labels_[row];
  if (!labels_[row].empty() && !further.empty()) out += ',';
  out += further;
  out += "} ";
}

void SeriesTable::append_line(std::string& out, const Family& family, std::size_t row, std::int64_t number) const {
  append_series(out, family, row, {});
  append_number(out, number);
  out += '\n';
}

void SeriesTable::append_line(std::string& out, const Family& family, std::size_t row, objects::Instant at) const {
  append_series(out, family, row, {});
  append_seconds(out, at.time_since_epoch().count());
  out += '\n';
}

void SeriesTable::append_line(std::string& out, const Family& family, std::size_t row, std::string_view further) const {
  append_series(out, family, row, further);
  out += "1\n";
}

std::optional<std::string> SeriesTable::take() {
  std::optional<std::string> piece(std::in_place);
  std::string& out = *piece;
  out.reserve(kPiece + kPiece / 16);
  // Whether it is all there. The head and the first entry go into one piece, so that who goes on knows that there is a head.
  const auto append = [&](const Family& family, const auto& entries) {
    if (out.size() >= kPiece) return false;
    if (row_ == 0) append_head(out, family.name, family.help);
    for (; row_ < entries.size() && (row_ == 0 || out.size() < kPiece); ++row_) {
      if (!is_nothing(entries[row_])) append_line(out, family, row_, entries[row_]);
    }
    return row_ == entries.size();
  };
  for (; column_ < columns_.size(); ++column_, row_ = 0) {
    const Column& column = columns_[column_];
    if (const auto* numbers = std::get_if<Numbers>(&column.entries)) {
      if (!append(column.family, *numbers)) return piece;
    } else if (const auto* moments = std::get_if<Moments>(&column.entries)) {
      if (!append(column.family, *moments)) return piece;
    } else if (const auto* furthers = std::get_if<Furthers>(&column.entries)) {
      if (!append(column.family, *furthers)) return piece;
    }
  }
  if (out.empty()) piece.reset();
  return piece;
}

}  // namespace snaptrail::serving
