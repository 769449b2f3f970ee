#include "cmd/snaptrail/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cmd/snaptrail/commands.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {

using objects::State;

Format OutputOptions::format() const {
  if (output == "table") return Format::Table;
  if (output == "wide") return Format::Wide;
  if (output == "json") return Format::Json;
  if (output == "ndjson") return Format::Ndjson;
  return ::isatty(STDOUT_FILENO) == 1 ? Format::Table : Format::Ndjson;
}

void add_output_options(CLI::App& command, OutputOptions& options) {
  command
      .add_option("-o,--output", options.output,
                  "table, wide, json or ndjson (default: table on a terminal, else ndjson)")
      ->check(CLI::IsMember({"table", "wide", "json", "ndjson"}));
  command.add_flag("--no-headers", options.no_headers, "Tables without their first line");
  command.add_flag("--utc", options.utc, "Times of tables in UTC instead of the local zone (JSON always is)");
}

Terminal terminal_for(Format format) {
  Terminal terminal = find_terminal();
  if (format == Format::Wide) terminal.width = 0;
  return terminal;
}

namespace {

[[noreturn]] void refuse_output() {
  throw Failure(kUsage, fmt::format("standard output can't be written: {}", std::strerror(errno)));
}

}  // namespace

void print_line(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fputc('\n', stdout) != EOF;
  if (!written) refuse_output();
}

void flush_output() {
  if (std::fflush(stdout) != 0) refuse_output();
}

std::string cell_text(std::string_view value) { return value.empty() ? "-" : objects::to_printable(value); }

std::string_view colour_of(State state) {
  switch (state) {
    case State::Ready:
    case State::Bound: return colours::kGood;
    case State::Error:
    case State::Broken:
    case State::Lost:
    case State::Failed:
    case State::Orphaned: return colours::kBad;
    case State::Deleting:
    case State::Deleted: return colours::kEnding;
    default: return colours::kBusy;
  }
}

std::string text_in(const boost::json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

void ItemPrinter::print(std::string_view json) {
  if (format_ == Format::Json) {
    print_line((first_ ? "[" : ",") + std::string(json));
  } else {
    print_line(json);
  }
  first_ = false;
}

void ItemPrinter::finish() {
  if (format_ == Format::Json) print_line(first_ ? "[]" : "]");
  flush_output();
}

}  // namespace snaptrail::cmd
