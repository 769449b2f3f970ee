#include "cmd/snaptrail/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "cmd/snaptrail/commands.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {

using objects::State;

void add_output_option(CLI::App& command, std::string& output) {
  command.add_option("-o,--output", output, "table, json or ndjson (default: table on a terminal, else ndjson)")
      ->check(CLI::IsMember({"table", "json", "ndjson"}));
}

Format format_of(const std::string& output) {
  if (output == "table") return Format::Table;
  if (output == "json") return Format::Json;
  if (output == "ndjson") return Format::Ndjson;
  return isatty(STDOUT_FILENO) ? Format::Table : Format::Ndjson;
}

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_colour && *no_colour) return false;
  return isatty(STDOUT_FILENO) && term && std::strcmp(term, "dumb") != 0;
}

void print_line(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fputc('\n', stdout) != EOF;
  if (!written) throw Failure(kUsage, fmt::format("standard output can't be written: {}", std::strerror(errno)));
}

void flush_output() {
  if (std::fflush(stdout) != 0) {
    throw Failure(kUsage, fmt::format("standard output can't be written: {}", std::strerror(errno)));
  }
}

namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kDim = "\x1b[2m";

std::string_view colour_of(State state) {
  switch (state) {
    case State::Ready:
    case State::Bound: return "\x1b[32m";
    case State::Error:
    case State::Broken:
    case State::Lost:
    case State::Failed:
    case State::Orphaned: return "\x1b[31m";
    case State::Deleting:
    case State::Deleted: return "\x1b[35m";
    default: return "\x1b[33m";
  }
}

std::string_view short_kind(objects::Kind kind) {
  switch (kind) {
    case objects::Kind::VolumeSnapshot: return "snapshot";
    case objects::Kind::VolumeSnapshotContent: return "content";
    case objects::Kind::PersistentVolumeClaim: return "claim";
    case objects::Kind::PersistentVolume: return "volume";
    default: return objects::to_string(kind);
  }
}

std::string_view ready_text(objects::Ready ready) {
  return ready == objects::Ready::Nil ? "nil" : ready == objects::Ready::True ? "true" : "false";
}

std::string painted(std::string_view text, std::string_view colour, bool enabled) {
  return enabled ? fmt::format("{}{}{}", colour, text, kReset) : std::string(text);
}

std::string state_text(std::optional<State> state, bool colour) {
  return state ? painted(to_string(*state), colour_of(*state), colour) : painted("new", kDim, colour);
}

std::string details(const objects::Row& row) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text += fmt::format("  {}={}", name, objects::to_printable(value));
  };
  if (row.ready && row.ready->from != row.ready->to) {
    text += fmt::format("  readyToUse {}→{}", ready_text(row.ready->from), ready_text(row.ready->to));
  }
  if (row.outcome) add("outcome", to_string(*row.outcome));
  add("driver", row.driver);
  add("handle", row.snapshot_handle);
  add("by", row.actor);
  if (row.initiator) {
    add("backup", row.initiator->backup);
    add("restore", row.initiator->restore);
  }
  if (row.late) text += "  late";
  add("message", row.message);
  return text;
}

}  // namespace

std::string readable(const objects::Row& row, bool colour) {
  const std::string time = painted(objects::format_rfc3339(row.at).substr(11, 12), kDim, colour);
  if (row.type == objects::RowType::Gap && row.gap) {
    return fmt::format("{}  gap       {}  nothing seen from {} ({})", time, objects::to_printable(row.gap->resource),
                       objects::format_rfc3339(row.gap->since), to_string(row.gap->cause));
  }
  const std::string name = objects::to_printable(row.ns.empty() ? row.name : fmt::format("{}/{}", row.ns, row.name));
  const std::string head = fmt::format("{}  {:<9} {}", time, row.kind ? short_kind(*row.kind) : "", name);
  if (row.type == objects::RowType::Fact && row.fact) {
    return fmt::format("{}  {} {} → {}{}", head, to_string(row.fact->type),
                       row.fact->from.empty() ? "nil" : objects::to_printable(row.fact->from),
                       row.fact->to.empty() ? "nil" : objects::to_printable(row.fact->to), details(row));
  }
  if (row.type == objects::RowType::Outcome) return fmt::format("{}  ended{}", head, details(row));
  return fmt::format("{}  {} → {}{}", head, state_text(row.from, colour), state_text(row.to, colour), details(row));
}

RowPrinter::RowPrinter(Format format) : format_(format), colour_(wants_colour()) {}

void RowPrinter::print(const objects::Row& row) {
  switch (format_) {
    case Format::Table: print_line(readable(row, colour_)); break;
    case Format::Ndjson: print_line(objects::to_json(row)); break;
    case Format::Json: print_line((first_ ? "[" : ",") + objects::to_json(row)); break;
  }
  first_ = false;
}

void RowPrinter::finish() {
  if (format_ == Format::Json) print_line(first_ ? "[]" : "]");
  flush_output();
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i + 1 < row.size() ? fmt::format("{:<{}}", row[i], widths[i] + 3) : row[i];
    }
    text += '\n';
  }
  return text;
}

std::string age(objects::Millis duration) {
  const auto seconds = std::max<std::int64_t>(0, duration.count() / 1000);
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

}  // namespace snaptrail::cmd
