#pragma once

#include <CLI/App.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "cmd/snaptrail/table.hpp"
#include "cmd/snaptrail/time_text.hpp"
#include "objects/row.hpp"

namespace snaptrail::cmd {

enum class Format : std::uint8_t { Table, Wide, Json, Ndjson };

/// How a command prints.
struct OutputOptions {
  std::string output;  ///< -o
  bool no_headers = false;
  bool utc = false;

  Format format() const;
  bool is_table() const { return format() == Format::Table || format() == Format::Wide; }
  Zone zone() const { return utc ? Zone::Utc : Zone::Local; }
};

/// Adds -o/--output, --no-headers and --utc. Default: a table on a terminal, else ndjson.
void add_output_options(CLI::App& command, OutputOptions& options);

/// The terminal that a table in this format is made for: with -o wide nothing is cut.
Terminal terminal_for(Format format);

/// Writes `text` and a newline to standard output; throws Failure where it is closed or full.
void print_line(std::string_view text);
void flush_output();

/// A stranger's string as a table's cell: printable, `-` where it is empty.
std::string cell_text(std::string_view value);

std::string_view colour_of(objects::State state);

/// The text of a member; empty where it is missing, null or no text.
std::string text_in(const boost::json::object& json, std::string_view name);

/// Prints JSON items in Format::Json (one array) or Format::Ndjson (one a line), as they are.
class ItemPrinter {
 public:
  explicit ItemPrinter(Format format) : format_(format) {}
  void print(std::string_view json);
  void finish();

 private:
  Format format_;
  bool first_ = true;
};

}  // namespace snaptrail::cmd
