#include <fmt/format.h>
#include <CLI/App.hpp>

#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/source.hpp"

namespace snaptrail::cmd {
namespace {

struct TimelineOptions {
  SourceOptions source;
  ledger::Query query;
  bool all_namespaces = false;
  std::string output;
};

int timeline(const TimelineOptions& options) {
  RowPrinter printer(format_of(options.output));
  std::size_t count = 0;
  for_each_row(options.source, options.query, [&](const objects::Row& row) {
    printer.print(row);
    ++count;
  });
  printer.finish();
  if (count == 0) fmt::print(stderr, "No rows match.\n");
  return kFine;
}

}  // namespace

void add_timeline(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<TimelineOptions>();
  auto* command = program.add_subcommand("timeline", "Show what was recorded, oldest first");
  command->add_option("NAME", options->query.name, "Only objects of this name");
  auto* ns = command->add_option("-n,--namespace", options->query.ns, "Only this namespace");
  command->add_flag("-A,--all-namespaces", options->all_namespaces, "All namespaces (the default)")->excludes(ns);
  command->add_option("--handle", options->query.handle,
                      "The whole story of a snapshotHandle: its backup and its restores");
  command->add_option("--backup", options->query.backup, "What a Velero Backup did");
  command->add_option("--restore", options->query.restore, "What a Velero Restore did");
  command->add_option("--chain", options->query.chain, "One chain");
  command->add_option("--limit", options->query.limit, "Only the newest N rows");
  add_source_options(*command, options->source);
  add_output_option(*command, options->output);
  command->callback([options, &chosen] { chosen = [options] { return timeline(*options); }; });
}

}  // namespace snaptrail::cmd
