#include <fmt/format.h>
#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/source.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {
namespace {

struct StatusOptions {
  SourceOptions source;
  std::string ns;
  bool all_kinds = false;
  bool all_namespaces = false;
  std::string output;
};

std::string text(const boost::json::object& item, std::string_view name) {
  const auto* value = item.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string cell(std::string_view value) { return value.empty() ? "-" : objects::to_printable(value); }

/// What a person asks about: snapshots, restores, and contents that stand alone. The others are told with -a.
bool is_headline(const boost::json::object& item) {
  const std::string kind = text(item, "kind");
  if (kind == "VolumeSnapshot") return true;
  if (kind == "VolumeSnapshotContent") return text(item, "state") == "Orphaned";
  return kind == "PersistentVolumeClaim" && !text(item, "chain").empty();
}

std::vector<std::string> line_of(const boost::json::object& item, objects::Instant now) {
  const auto since = objects::parse_rfc3339(text(item, "since"));
  const auto* initiator = item.if_contains("initiator");
  std::string by;
  if (initiator && initiator->is_object()) {
    by = text(initiator->get_object(), "restore");
    if (by.empty()) by = text(initiator->get_object(), "backup");
  }
  return {cell(text(item, "namespace")),      cell(text(item, "kind")),
          cell(text(item, "name")),           cell(text(item, "state")),
          since ? age(now - *since) : "-",    cell(text(item, "driver")),
          cell(text(item, "snapshotHandle")), cell(by)};
}

int status(const StatusOptions& options) {
  const Format format = format_of(options.output);
  const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
  std::vector<std::vector<std::string>> lines;
  boost::json::array items;
  for_each_status(options.source, [&](const boost::json::object& item) {
    if (!options.ns.empty() && text(item, "namespace") != options.ns) return;
    if (!options.all_kinds && !is_headline(item)) return;
    if (format == Format::Ndjson) print_line(boost::json::serialize(item));
    if (format == Format::Json) items.push_back(item);
    if (format == Format::Table) lines.push_back(line_of(item, now));
  });
  if (format == Format::Json) print_line(boost::json::serialize(items));
  if (format == Format::Table) {
    if (lines.empty()) {
      fmt::print(stderr, "Nothing to show{}.\n", options.ns.empty() ? "" : fmt::format(" in namespace {}", options.ns));
    } else {
      std::ranges::sort(lines);
      lines.insert(lines.begin(), {"NAMESPACE", "KIND", "NAME", "STATE", "SINCE", "DRIVER", "HANDLE", "FOR"});
      std::string printed = table(lines);
      printed.pop_back();
      print_line(printed);
    }
  }
  flush_output();
  return kFine;
}

}  // namespace

void add_status(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<StatusOptions>();
  auto* command = program.add_subcommand("status", "Show snapshots and restores as they are now");
  auto* ns = command->add_option("-n,--namespace", options->ns, "Only this namespace");
  command->add_flag("-A,--all-namespaces", options->all_namespaces, "All namespaces (the default)")->excludes(ns);
  command->add_flag("-a,--all", options->all_kinds, "Contents, other claims and volumes too");
  add_source_options(*command, options->source);
  add_output_option(*command, options->output);
  command->callback([options, &chosen] { chosen = [options] { return status(*options); }; });
}

}  // namespace snaptrail::cmd
