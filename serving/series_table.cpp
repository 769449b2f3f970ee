#include "serving/series_table.hpp"

#include <algorithm>
#include <utility>

namespace snaptrail::serving {
namespace {

constexpr std::size_t kBlock = 256u << 10;

template <class T>
void put_at(std::vector<T>& column, std::size_t row, T value, T nothing) {
  column.resize(row, nothing);
  column.push_back(value);
}

}  // namespace

SeriesTable::SeriesTable(std::initializer_list<Family> families) {
  columns_.reserve(families.size());
  for (const Family& family : families) columns_.push_back({family, {}, {}, {}});
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

void SeriesTable::put(std::size_t family, std::int64_t value) {
  put_at(columns_[family].numbers, labels_.size() - 1, value, kNothing);
}

void SeriesTable::put(std::size_t family, objects::MaybeInstant at) {
  if (!at) return;
  put_at(columns_[family].moments, labels_.size() - 1, std::int64_t{(*at).time_since_epoch().count()}, kNothing);
}

void SeriesTable::put(std::size_t family, std::initializer_list<LabelText> further) {
  scratch_.clear();
  append_labels(scratch_, further);
  put_at(columns_[family].furthers, labels_.size() - 1, keep(scratch_), std::string_view());
}

void SeriesTable::append_line(std::string& out, const Column& column, std::size_t row) const {
  const auto at = [row](const auto& entries, auto nothing) { return row < entries.size() ? entries[row] : nothing; };
  const std::int64_t number = at(column.numbers, kNothing), moment = at(column.moments, kNothing);
  const std::string_view further = at(column.furthers, std::string_view());
  if (number == kNothing && moment == kNothing && further.data() == nullptr) return;
  out += column.family.name;
  out += '{';
  out += labels_[row];
  if (!labels_[row].empty() && !further.empty()) out += ',';
  out += further;
  out += "} ";
  if (moment != kNothing) {
    append_seconds(out, moment);
  } else {
    append_number(out, number == kNothing ? 1 : number);
  }
  out += '\n';
}

std::optional<std::string> SeriesTable::take() {
  std::optional<std::string> piece(std::in_place);
  std::string& out = *piece;
  out.reserve(kPiece + kPiece / 16);
  for (; column_ < columns_.size(); ++column_, row_ = 0) {
    Column& column = columns_[column_];
    const std::size_t rows = std::max({column.numbers.size(), column.moments.size(), column.furthers.size()});
    if (rows > 0 && row_ == 0) append_head(out, column.family.name, column.family.help);
    for (; row_ < rows; ++row_) {
      if (out.size() >= kPiece) return piece;
      append_line(out, column, row_);
    }
  }
  if (out.empty()) piece.reset();
  return piece;
}

}  // namespace snaptrail::serving
