#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "objects/instant.hpp"

namespace snaptrail::serving {

using LabelText = std::pair<std::string_view, std::string_view>;

// The parts of the text exposition format 0.0.4.

/// HELP and TYPE of a gauge family.
void append_head(std::string& out, std::string_view name, std::string_view help);
/// What stands between the braces. Values are strangers' strings: they are made valid (label_guard.hpp) and escaped; empty
/// ones are left out.
void append_labels(std::string& out, std::initializer_list<LabelText> labels);
void append_number(std::string& out, std::int64_t value);
/// Seconds, with milliseconds where there are any.
void append_seconds(std::string& out, std::int64_t millis);

/// Writes the series of one gauge family.
class SeriesWriter {
 public:
  SeriesWriter(std::string_view name, std::string_view help) : name_(name), help_(help) {}

  void add(std::initializer_list<LabelText> labels, std::int64_t value);
  /// Seconds of Unix time, with milliseconds where there are any. Nothing where there is no moment.
  void add(std::initializer_list<LabelText> labels, objects::MaybeInstant at);

  /// HELP, TYPE and the series; nothing where there are none.
  void append_to(std::string& out) const;

 private:
  void begin(std::initializer_list<LabelText> labels);

  std::string_view name_;
  std::string_view help_;
  std::string series_;
};

}  // namespace snaptrail::serving
