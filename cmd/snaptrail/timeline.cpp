#include <fmt/format.h>
#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/object_argument.hpp"
#include "cmd/snaptrail/row_printer.hpp"
#include "cmd/snaptrail/source.hpp"
#include "cmd/snaptrail/watch.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

/// Rows from which a table's columns are measured.
constexpr std::size_t kHold = 1'000;

struct TimelineOptions {
  SourceOptions source;
  OutputOptions output;
  std::string object;
  std::string ns;
  std::string kind;
  std::string handle;
  std::string backup;
  std::string restore;
  std::string chain;
  std::string since;
  std::string until;
  std::uint64_t limit = 0;
  bool all_namespaces = false;
  bool watch = false;
};

std::string moment(const std::string& text, const char* flag) {
  if (text.empty()) return {};
  try {
    const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
    return objects::format_rfc3339(parse_moment(text, now));
  } catch (const std::invalid_argument& wrong) {
    throw Failure(kUsage, fmt::format("{}: {}", flag, wrong.what()));
  }
}

Params params_of(const TimelineOptions& options) {
  const ObjectArgument object = parse_object(options.object, options.kind);
  return {{"ns", options.ns},
          {"kind", object.kind},
          {"name", object.name},
          {"handle", options.handle},
          {"backup", options.backup},
          {"restore", options.restore},
          {"chain", options.chain},
          {"since", moment(options.since, "--since")},
          {"until", moment(options.until, "--until")}};
}

/// Above the rows of one Backup or Restore: what they come to.
void print_story(ApiClient& client, const TimelineOptions& options) {
  if (options.backup.empty() == options.restore.empty()) return;
  std::string text;
  try {
    text = text_in(client.get("/api/v1/story", {{"backup", options.backup}, {"restore", options.restore}}), "text");
  } catch (const Failure& failure) {
    if (failure.code() != kUsage) throw;  // refused: nothing is known of it, or a daemon that knows no stories
    return;
  }
  print_line(text);
}

std::int64_t last_seq_in(const json::object& answer) {
  const auto* seq = answer.if_contains("lastSeq");
  return seq != nullptr && seq->is_int64() ? seq->get_int64() : 0;
}

int timeline(const TimelineOptions& options) {
  const Params params = params_of(options);
  OutputOptions output = options.output;
  if (options.watch && output.format() == Format::Json) output.output = "ndjson";
  const auto client = open_source(options.source);
  if (output.is_table() && !options.watch) print_story(*client, options);
  RowPrinter printer(output, kHold);
  std::size_t count = 0;
  const auto show = [&](const json::object& item) {
    // As it came: a field that this program does not know is none of its business.
    output.is_table() ? printer.print(row_from_json(item)) : printer.print_item(json::serialize(item));
    ++count;
  };
  Params first = params;
  first.emplace_back("newest", options.limit > 0 ? std::to_string(options.limit) : "");
  std::int64_t last_seq = last_seq_in(for_each_item(*client, "/api/v1/timeline", first, show));
  if (!options.watch) {
    printer.finish();
    if (count == 0) fmt::print(stderr, "No rows match.\n");
    return kFine;
  }
  printer.settle();
  watch([&] {
    Params further = params;
    further.emplace_back("afterSeq", std::to_string(last_seq));
    last_seq = std::max(last_seq, last_seq_in(for_each_item(*client, "/api/v1/timeline", further, show)));
    printer.settle();
  });
}

}  // namespace

void add_timeline(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<TimelineOptions>();
  auto* command = program.add_subcommand("timeline", "Show what was recorded, oldest first");
  command->add_option("OBJECT", options->object, "Only NAME, KIND or KIND/NAME (vs, vsc, pvc, pv or in full)");
  auto* ns = command->add_option("-n,--namespace", options->ns, "Only this namespace");
  command->add_flag("-A,--all-namespaces", options->all_namespaces, "All namespaces (the default)")->excludes(ns);
  command->add_option("--kind", options->kind, "Only this kind");
  command->add_option("--handle", options->handle, "The whole story of a snapshotHandle: its backup and its restores");
  command->add_option("--backup", options->backup, "What a Velero Backup did");
  command->add_option("--restore", options->restore, "What a Velero Restore did");
  command->add_option("--chain", options->chain, "One chain");
  command->add_option("--since", options->since, "From then on: how long ago (90s, 2h, 3d) or a time (RFC 3339)")
      ->type_name("WHEN");
  command->add_option("--until", options->until, "Before then")->type_name("WHEN");
  command->add_option("--limit", options->limit, "Only the newest N rows")->type_name("N")->check(CLI::PositiveNumber);
  command->add_flag("-w,--watch", options->watch, "Then go on, and show rows as they are recorded");
  add_output_options(*command, options->output);
  add_source_options(*command, options->source);
  command->callback([options, &chosen] { chosen = [options] { return timeline(*options); }; });
}

}  // namespace snaptrail::cmd
