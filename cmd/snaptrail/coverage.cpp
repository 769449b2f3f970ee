#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <tuple>
#include <vector>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/human_duration.hpp"
#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/source.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

struct CoverageOptions {
  SourceOptions source;
  OutputOptions output;
  std::string name;
  std::string ns;
  std::string status;
  bool skipped = false;
  bool all_namespaces = false;
};

std::vector<Column> columns(bool wide) {
  std::vector<Column> all{{"NAMESPACE", 9}, {"CLAIM", 12}, {"STATUS", 0}, {"AGE", 0},
                          {"TARGET", 0},    {"KIND", 8},   {"FOR", 8},    {"NOTE", 12}};
  if (wide) {
    for (const char* title : {"POINTS", "CUT", "HANDLE", "TARGETFROM", "STORAGECLASS", "DRIVER", "VOLUME"}) {
      all.push_back({title, 0});
    }
  }
  return all;
}

std::string_view colour_of_status(std::string_view status) {
  if (status == "Covered") return colours::kGood;
  if (status == "Missed" || status == "Never") return colours::kBad;
  return status == "Unknown" ? colours::kBusy : colours::kDim;
}

const json::object* object_in(const json::object& item, std::string_view name) {
  const auto* value = item.if_contains(name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

std::string number_in(const json::object& item, std::string_view name) {
  const auto* value = item.if_contains(name);
  if (value == nullptr) return "-";
  if (value->is_int64()) return std::to_string(value->get_int64());
  return value->is_uint64() ? std::to_string(value->get_uint64()) : "-";
}

/// What a person should know besides: an end of a newer point, a backup that left the claim out, an annotation that says nothing.
std::string note_of(const json::object& item) {
  std::vector<std::string> notes;
  if (const auto* ended = object_in(item, "lastEnded")) {
    notes.push_back(fmt::format("newer point of {}: {}", text_in(*ended, "cut"), text_in(*ended, "end")));
  }
  if (const auto* skipped = object_in(item, "skippedBy")) {
    notes.push_back(fmt::format("skipped by backup {}", text_in(*skipped, "backup")));
  }
  if (const auto ignored = text_in(item, "ignoredAnnotation"); !ignored.empty()) {
    notes.push_back(fmt::format("snaptrail.io/rpo can't be read: {}", ignored));
  }
  std::string text;
  for (const auto& note : notes) text += (text.empty() ? "" : "; ") + note;
  return text;
}

std::string target_text(const json::object& item) {
  const auto* seconds = item.if_contains("targetSeconds");
  if (seconds == nullptr || !seconds->is_int64()) return "none";
  return human_duration(objects::Millis{seconds->get_int64() * 1'000});
}

Line line_of(const json::object& item, objects::Instant now, const OutputOptions& output) {
  static const json::object kNone;
  const auto* last = object_in(item, "lastRecoverable");
  const json::object& point = last != nullptr ? *last : kNone;
  const auto cut = objects::parse_rfc3339(text_in(point, "cut"));
  const std::string status = text_in(item, "status");
  Line line{{cell_text(text_in(item, "namespace"))},
            {cell_text(text_in(item, "name"))},
            {cell_text(status), colour_of_status(status)},
            {cut ? human_duration(now - *cut) : "-"},
            {target_text(item)},
            {cell_text(text_in(point, "kind"))},
            {cell_text(text_in(point, "backup"))},
            {cell_text(note_of(item))}};
  if (output.format() == Format::Wide) {
    line.push_back({number_in(item, "points")});
    line.push_back({cell_text(text_in(point, "cut"))});
    line.push_back({cell_text(text_in(point, "handle"))});
    for (const char* name : {"targetFrom", "storageClass", "driver", "volumeHandle"}) {
      line.push_back({cell_text(text_in(item, name))});
    }
  }
  return line;
}

void print_table(const std::vector<json::object>& items, const CoverageOptions& options) {
  const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
  if (items.empty()) {
    fmt::print(stderr, "Nothing to show{}.\n", options.ns.empty() ? "" : " in namespace " + options.ns);
    return;
  }
  const Format format = options.output.format();
  Table table(columns(format == Format::Wide), terminal_for(format));
  std::vector<Line> lines;
  for (const auto& item : items) lines.push_back(line_of(item, now, options.output));
  table.make_room(lines);
  if (!options.output.no_headers) print_line(table.header());
  for (const Line& line : lines) print_line(table.format(line));
}

int coverage(const CoverageOptions& options) {
  if (!options.source.ledger.empty()) {
    throw Failure(kUsage,
                  "a ledger's file knows neither the targets nor the backups that stand; ask the daemon, with --daemon "
                  "URL or through the kubeconfig's cluster");
  }
  const auto client = open_source(options.source);
  std::vector<json::object> items;
  bool violated = false;
  for_each_item(*client, "/api/v1/coverage",
                {{"ns", options.ns},
                 {"name", options.name},
                 {"status", options.status},
                 {"skipped", options.skipped ? "true" : ""}},
                [&](const json::object& item) {
                  const std::string status = text_in(item, "status");
                  violated = violated || status == "Missed" || status == "Never";
                  items.push_back(item);
                });
  if (options.output.is_table()) {
    print_table(items, options);
  } else {
    ItemPrinter printer(options.output.format());
    for (const auto& item : items) printer.print(json::serialize(item));
    printer.finish();
  }
  flush_output();
  return violated ? kProblemFound : kFine;
}

}  // namespace

void add_coverage(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<CoverageOptions>();
  auto* command =
      program.add_subcommand("coverage", "Show which claims can be brought back, and how old their newest point is");
  command->add_option("CLAIM", options->name, "Only claims of this name");
  auto* ns = command->add_option("-n,--namespace", options->ns, "Only this namespace");
  command->add_flag("-A,--all-namespaces", options->all_namespaces, "All namespaces (the default)")->excludes(ns);
  command->add_option("--status", options->status, "Only claims with this status")
      ->check(CLI::IsMember({"Covered", "Unknown", "Missed", "Never", "NoTarget"}));
  command->add_flag("--skipped", options->skipped, "Only claims that a Completed backup left out");
  command->footer("Exits with 1 if a claim is Missed or Never.");
  add_output_options(*command, options->output);
  add_source_options(*command, options->source);
  command->callback([options, &chosen] { chosen = [options] { return coverage(*options); }; });
}

}  // namespace snaptrail::cmd
