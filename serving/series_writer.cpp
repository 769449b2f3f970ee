#include "serving/series_writer.hpp"

#include <fmt/format.h>

#include <iterator>

#include "serving/label_guard.hpp"

namespace snaptrail::serving {
namespace {

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '\n': out += "\\n"; break;
      default: out += c;
    }
  }
}

}  // namespace

void SeriesWriter::begin(std::initializer_list<LabelText> labels) {
  series_ += name_;
  char before = '{';
  for (const auto& [name, value] : labels) {
    if (value.empty()) continue;
    series_ += before;
    series_ += name;
    series_ += "=\"";
    append_escaped(series_, label_value(value));
    series_ += '"';
    before = ',';
  }
  series_ += before == ',' ? "} " : " ";
}

void SeriesWriter::add(std::initializer_list<LabelText> labels, std::int64_t value) {
  begin(labels);
  fmt::format_to(std::back_inserter(series_), "{}\n", value);
}

void SeriesWriter::add(std::initializer_list<LabelText> labels, objects::MaybeInstant at) {
  if (!at) return;
  begin(labels);
  const std::int64_t millis = (*at).time_since_epoch().count();
  if (millis % 1000 == 0) {
    fmt::format_to(std::back_inserter(series_), "{}\n", millis / 1000);
  } else {
    fmt::format_to(std::back_inserter(series_), "{:.3f}\n", static_cast<double>(millis) / 1000);
  }
}

void SeriesWriter::append_to(std::string& out) const {
  if (series_.empty()) return;
  fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} gauge\n", name_, help_);
  out += series_;
}

}  // namespace snaptrail::serving
