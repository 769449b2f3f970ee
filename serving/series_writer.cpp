#include "serving/series_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "objects/utf8.hpp"
#include "serving/label_guard.hpp"

namespace snaptrail::serving {
namespace {

void append_escaped(std::string& out, std::string_view value) {
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(value.find_first_of("\\\"\n", begin), value.size());
    out += value.substr(begin, end - begin);
    if (end == value.size()) return;
    out += '\\';
    out += value[end] == '\n' ? 'n' : value[end];
    begin = end + 1;
  }
}

}  // namespace

void append_head(std::string& out, std::string_view name, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
}

void append_labels(std::string& out, std::initializer_list<LabelText> labels) {
  bool first = true;
  for (const auto& [name, value] : labels) {
    if (value.empty()) continue;
    if (!std::exchange(first, false)) out += ',';
    out += name;
    out += "=\"";
    if (value.size() <= kMaxLabelBytes && objects::stands_for_itself(value)) {
      out += value;
    } else {
      append_escaped(out, label_value(value));
    }
    out += '"';
  }
}

void append_number(std::string& out, std::int64_t value) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

void append_seconds(std::string& out, std::int64_t millis) {
  if (millis % 1000 == 0) return append_number(out, millis / 1000);
  fmt::format_to(std::back_inserter(out), "{:.3f}", static_cast<double>(millis) / 1000);
}

void SeriesWriter::begin(std::initializer_list<LabelText> labels) {
  series_ += name_;
  const std::size_t before = series_.size();
  series_ += '{';
  append_labels(series_, labels);
  if (series_.size() == before + 1) {
    series_.back() = ' ';
  } else {
    series_ += "} ";
  }
}

void SeriesWriter::add(std::initializer_list<LabelText> labels, std::int64_t value) {
  begin(labels);
  append_number(series_, value);
  series_ += '\n';
}

void SeriesWriter::add(std::initializer_list<LabelText> labels, objects::MaybeInstant at) {
  if (!at) return;
  begin(labels);
  append_seconds(series_, (*at).time_since_epoch().count());
  series_ += '\n';
}

void SeriesWriter::append_to(std::string& out) const {
  if (series_.empty()) return;
  append_head(out, name_, help_);
  out += series_;
}

}  // namespace snaptrail::serving
