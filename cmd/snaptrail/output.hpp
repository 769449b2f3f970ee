#pragma once

#include <CLI/App.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "objects/row.hpp"

namespace snaptrail::cmd {

enum class Format { Table, Json, Ndjson };

/// Adds -o/--output to a command. Default: a table on a terminal, else ndjson.
void add_output_option(CLI::App& command, std::string& output);
Format format_of(const std::string& output);

/// Whether standard output is a terminal that wants colour (NO_COLOR, TERM=dumb).
bool wants_colour();

/// Writes `text` and a newline to standard output; throws Failure where it is closed or full.
void print_line(std::string_view text);
void flush_output();

/// One transition as a person reads it: time, object, move, what else is worth a word. No control character of a
/// stranger's string gets through.
std::string readable(const objects::Row& row, bool colour);

/// Prints rows in a format: a table as they come, ndjson a line each, json one array at the end.
class RowPrinter {
 public:
  explicit RowPrinter(Format format);
  void print(const objects::Row& row);
  void finish();

 private:
  Format format_;
  bool colour_;
  bool first_ = true;
};

/// A table in kubectl's style: columns padded to their widest cell, two spaces between.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// A duration as kubectl prints ages: 45s, 12m, 3h, 5d.
std::string age(objects::Millis duration);

}  // namespace snaptrail::cmd
