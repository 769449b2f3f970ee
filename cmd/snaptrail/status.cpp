#include <fmt/format.h>
#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/finding_text.hpp"
#include "cmd/snaptrail/human_duration.hpp"
#include "cmd/snaptrail/object_argument.hpp"
#include "cmd/snaptrail/orphan_text.hpp"
#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/source.hpp"
#include "cmd/snaptrail/watch.hpp"
#include "objects/row.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

struct StatusOptions {
  SourceOptions source;
  OutputOptions output;
  std::string object;
  std::string ns;
  std::string kind;
  std::string handle;
  std::string backup;
  std::string restore;
  bool all_kinds = false;
  bool all_namespaces = false;
  bool watch = false;
};

std::vector<Column> columns(bool wide) {
  std::vector<Column> all{{"NAMESPACE", 9}, {"KIND", 8},   {"NAME", 12},  {"STATE", 0}, {"REASON", 0},
                          {"SINCE", 0},     {"DRIVER", 8}, {"HANDLE", 8}, {"FOR", 8}};
  if (wide) {
    for (const char* title : {"READY", "POLICY", "CONTENT", "VOLUME", "UID", "ERROR"}) all.push_back({title, 0});
  }
  return all;
}

std::string ready_in(const json::object& item) {
  const auto* ready = item.if_contains("readyToUse");
  if (ready == nullptr || !ready->is_bool()) return "-";
  return ready->get_bool() ? "true" : "false";
}

Line line_of(const json::object& item, const Reasons& reasons, objects::Instant now, bool wide) {
  const auto since = objects::parse_rfc3339(text_in(item, "since"));
  const auto* initiator = item.if_contains("initiator");
  std::string initiated_by;
  if (initiator != nullptr && initiator->is_object()) {
    initiated_by = text_in(initiator->get_object(), "restore");
    if (initiated_by.empty()) initiated_by = text_in(initiator->get_object(), "backup");
  }
  const std::string state = text_in(item, "state");
  const auto known = objects::state_of(state);
  Line line{{cell_text(text_in(item, "namespace"))},
            {cell_text(text_in(item, "kind"))},
            {cell_text(text_in(item, "name"))},
            {cell_text(state), known ? colour_of(*known) : colours::kNone},
            reason_cell(reasons, text_in(item, "uid")),
            {since ? human_duration(now - *since) : "-"},
            {cell_text(text_in(item, "driver"))},
            {cell_text(text_in(item, "snapshotHandle"))},
            {cell_text(initiated_by)}};
  if (wide) {
    line.push_back({ready_in(item)});
    for (const char* name : {"deletionPolicy", "content", "volumeHandle", "uid", "error"}) {
      line.push_back({cell_text(text_in(item, name))});
    }
  }
  return line;
}

/// One run of `status`: the first look at everything, and with --watch what has changed since.
class StatusCommand {
 public:
  explicit StatusCommand(const StatusOptions& options)
      : options_(options),
        format_(options.output.format()),
        table_(columns(format_ == Format::Wide), terminal_for(format_)),
        params_(params_of(options)),
        client_(open_source(options.source)) {}

  /// What lies about in the backend and belongs to no VolumeSnapshot, in a line or two behind the table.
  void show_orphans() {
    const bool is_overview = options_.object.empty() && options_.kind.empty() && options_.handle.empty() &&
                             options_.backup.empty() && options_.restore.empty() && options_.ns.empty();
    if (!is_overview || !options_.output.is_table()) return;
    fmt::print(stderr, "{}", orphan_text(client_->get("/api/v1/stats", {})));
  }

  void show_all() {
    if (options_.watch) last_seq_ = last_seq();
    std::vector<json::object> items = ask();
    if (options_.output.is_table()) {
      show_table(items);
    } else {
      ItemPrinter printer(options_.watch ? Format::Ndjson : format_);
      for (const auto& item : items) printer.print(json::serialize(item));
      printer.finish();
    }
  }

  void show_changes() {
    const std::int64_t seq = last_seq();
    if (seq == last_seq_) return;
    auto before = std::move(shown_);
    shown_.clear();
    std::vector<json::object> changed;
    for (auto& item : ask()) {
      const auto old = before.find(text_in(item, "uid"));
      if (old == before.end() || old->second != item) changed.push_back(item);
      if (old != before.end()) before.erase(old);
    }
    for (auto& [uid, item] : before) {
      item["state"] = "Deleted";
      changed.push_back(std::move(item));
    }
    last_seq_ = seq;
    if (options_.output.is_table()) return show_table(changed);
    for (const auto& item : changed) print_line(json::serialize(item));
    flush_output();
  }

 private:
  static Params params_of(const StatusOptions& options) {
    const ObjectArgument object = parse_object(options.object, options.kind);
    return {{"ns", options.ns},
            {"kind", object.kind},
            {"name", object.name},
            {"handle", options.handle},
            {"backup", options.backup},
            {"restore", options.restore},
            {"all", options.all_kinds ? "true" : ""}};
  }

  std::int64_t last_seq() {
    const json::object answer = client_->get("/api/v1/timeline", {{"newest", "1"}});
    const auto* seq = answer.if_contains("lastSeq");
    return seq != nullptr && seq->is_int64() ? seq->get_int64() : 0;
  }

  std::vector<json::object> ask() {
    std::vector<json::object> items;
    for_each_item(*client_, "/api/v1/status", params_, [&](const json::object& item) {
      if (options_.watch) shown_[text_in(item, "uid")] = item;
      items.push_back(item);
    });
    return items;
  }

  void show_table(const std::vector<json::object>& items) {
    const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
    std::vector<Line> lines;
    const Reasons reasons = reasons_of(*client_, options_.ns);
    for (const auto& item : items) lines.push_back(line_of(item, reasons, now, format_ == Format::Wide));
    std::ranges::sort(lines, [](const Line& a, const Line& b) {
      return std::tie(a[0].text, a[1].text, a[2].text) < std::tie(b[0].text, b[1].text, b[2].text);
    });
    if (lines.empty() && !has_header_) {
      fmt::print(stderr, "Nothing to show{}.\n",
                 options_.ns.empty() ? "" : fmt::format(" in namespace {}", options_.ns));
    }
    table_.make_room(lines);
    if (!lines.empty() && !std::exchange(has_header_, true) && !options_.output.no_headers) print_line(table_.header());
    for (const Line& line : lines) print_line(table_.format(line));
    flush_output();
  }

  const StatusOptions& options_;
  Format format_;
  Table table_;
  Params params_;
  std::unique_ptr<ApiClient> client_;
  bool has_header_ = false;
  std::int64_t last_seq_ = 0;
  std::map<std::string, json::object> shown_;  ///< by uid, with --watch
};

int status(const StatusOptions& options) {
  StatusCommand command(options);
  command.show_all();
  command.show_orphans();
  if (options.watch) watch([&command] { command.show_changes(); });
  return kFine;
}

}  // namespace

void add_status(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<StatusOptions>();
  auto* command = program.add_subcommand("status", "Show snapshots and restores as they are now");
  command->add_option("OBJECT", options->object, "Only NAME, KIND or KIND/NAME (vs, vsc, pvc, pv or in full)");
  auto* ns = command->add_option("-n,--namespace", options->ns, "Only this namespace");
  command->add_flag("-A,--all-namespaces", options->all_namespaces, "All namespaces (the default)")->excludes(ns);
  command->add_flag("-a,--all", options->all_kinds, "Contents, other claims and volumes too");
  command->add_option("--kind", options->kind, "Only this kind");
  command->add_option("--handle", options->handle, "Only objects with this snapshotHandle");
  command->add_option("--backup", options->backup, "Only what a Velero Backup made");
  command->add_option("--restore", options->restore, "Only what a Velero Restore made");
  command->add_flag("-w,--watch", options->watch, "Then go on, and show each object that changes");
  add_output_options(*command, options->output);
  add_source_options(*command, options->source);
  command->callback([options, &chosen] { chosen = [options] { return status(*options); }; });
}

}  // namespace snaptrail::cmd
