#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <string>
#include <string_view>

#include "objects/utf8.hpp"
#include "serving/api_export.hpp"

namespace snaptrail::serving {
namespace {

namespace json = boost::json;
using objects::Row;

/// A stranger's text as Markdown shows it: one line, nothing of it a mark.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : objects::to_printable(text)) {
    if (std::string_view("\\`*_{}[]<>()#+!|~&").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string or_dash(std::string_view text) { return text.empty() ? "–" : plain(text); }

std::string full_name(std::string_view ns, std::string_view name) {
  return ns.empty() ? plain(name) : plain(fmt::format("{}/{}", ns, name));
}

std::string_view title_of(std::string_view step) {
  struct Title {
    std::string_view step, text;
  };
  static constexpr Title kTitles[] = {
      {"2.1", "VolumeSnapshot created, readyToUse not known yet"},
      {"2.2", "the sidecar calls the driver, readyToUse false"},
      {"2.3", "the driver has cut the snapshot: its handle is known"},
      {"2.4", "VolumeSnapshot and VolumeSnapshotContent are ready"},
      {"2.5", "end of the backup: objects removed, the copy is kept"},
      {"3", "the application's claim is gone"},
      {"4.1", "content and snapshot are made anew from the handle"},
      {"4.2", "the claim that restores from the snapshot is created"},
      {"4.3", "the PersistentVolume appears"},
      {"4.4", "the driver's new volume is known"},
      {"4.5", "the PersistentVolume is bound"},
      {"4.6", "end of the restore: the claim is bound"},
  };
  for (const auto& title : kTitles) {
    if (title.step == step) return title.text;
  }
  return {};
}

std::string evidence_of(const json::object& detail) {
  std::string out;
  const auto* evidence = detail.if_contains("evidence");
  if (evidence == nullptr || !evidence->is_array()) return out;
  for (const auto& item : evidence->as_array()) {
    if (!item.is_object()) continue;
    const auto text_of = [&item](std::string_view name) {
      const auto* value = item.as_object().if_contains(name);
      return value != nullptr && value->is_string() ? std::string_view(value->as_string()) : std::string_view{};
    };
    out += fmt::format("  - evidence: {}: {}\n", plain(text_of("what").empty() ? text_of("source") : text_of("what")),
                       plain(text_of("text")));
  }
  return out;
}

std::string fix_of(const json::object& detail) {
  const auto* fix = detail.if_contains("fix");
  if (fix == nullptr || !fix->is_object()) return {};
  std::string out;
  for (const auto& [key, value] : fix->as_object()) {
    if (value.is_string() && !value.as_string().empty()) {
      out += fmt::format("  - {}: {}\n", key == "text" ? "fix" : std::string_view(key), plain(value.as_string()));
    }
  }
  return out;
}

std::string finding_text(const Row& row) {
  std::string out = fmt::format("- **{}** ({}, {}) {} {}, since {}\n", plain(row.reason), plain(row.finding->category),
                                plain(row.finding->severity), row.kind ? to_string(*row.kind) : std::string_view{},
                                full_name(row.ns, row.name), objects::format_rfc3339(row.finding->since));
  boost::system::error_code ec;
  const auto detail = json::parse(row.finding->detail, ec);
  if (ec || !detail.is_object()) return out;
  if (const auto* summary = detail.as_object().if_contains("summary"); summary != nullptr && summary->is_string()) {
    out += fmt::format("  - {}\n", plain(summary->as_string()));
  }
  return out + evidence_of(detail.as_object()) + fix_of(detail.as_object());
}

std::string change_of(const Row& row) {
  if (row.type == objects::RowType::Finding)
    return fmt::format("finding {} {}", to_string(row.finding->event), row.reason);
  if (row.type == objects::RowType::Fact)
    return fmt::format("{}: {} → {}", to_string(row.fact->type), row.fact->from, row.fact->to);
  std::string text = fmt::format("{} → {}", row.from ? to_string(*row.from) : std::string_view("–"),
                                 row.to ? to_string(*row.to) : std::string_view("–"));
  if (row.outcome) text += fmt::format(", {}", to_string(*row.outcome));
  return text;
}

std::string row_line(const Row& row) {
  return fmt::format("| {} | {} | {} | {} | {} |\n", objects::format_rfc3339(row.at),
                     row.kind ? to_string(*row.kind) : to_string(row.type), full_name(row.ns, row.name),
                     plain(change_of(row)), plain(row.message));
}

std::string event_line(const objects::EventRecord& event) {
  const std::string times = event.count > 1 ? fmt::format(" ×{}", event.count) : std::string();
  return fmt::format("| {} | {} | {} | Event {}: {}{} | {} |\n", objects::format_rfc3339(event.at),
                     to_string(event.kind), full_name(event.ns, event.name), event.warning ? "Warning" : "Normal",
                     plain(event.reason), times, plain(event.message));
}

/// Rows and Events, one line each, by when they were seen.
std::string lines_by_time(std::span<const Row> rows, std::span<const objects::EventRecord> events) {
  std::string out;
  auto event = events.begin();
  for (const Row& row : rows) {
    for (; event != events.end() && event->at < row.at; ++event) out += event_line(*event);
    out += row_line(row);
  }
  for (; event != events.end(); ++event) out += event_line(*event);
  return out;
}

std::string steps_text(const reconcilers::ChainGraph& graph) {
  std::string out;
  for (const auto& chain : graph.chains) {
    out += fmt::format("\n## {} {}\n\n| step | what | when |\n|---|---|---|\n", chain.restore ? "Restore" : "Backup",
                       chain.initiator
                           ? plain(chain.restore && !chain.initiator->restore.empty() ? chain.initiator->restore
                                                                                      : chain.initiator->backup)
                           : "");
    for (const auto& step : chain.steps) {
      out += fmt::format("| {} | {} | {} |\n", step.step, title_of(step.step),
                         step.at     ? objects::format_rfc3339(*step.at)
                         : step.done ? "done"
                                     : "–");
    }
  }
  return out;
}

}  // namespace

std::string story_report(const reconcilers::ChainGraph& graph, std::span<const Row> rows,
                         std::span<const objects::EventRecord> events, std::string_view cluster) {
  std::string out = fmt::format("# Snapshot {} of driver {}\n\nCluster {}. Times are UTC.\n", or_dash(graph.handle),
                                or_dash(graph.driver), or_dash(cluster));
  out += "\n## What stands in the way\n\n";
  for (const auto& row : graph.findings) out += finding_text(row);
  if (graph.findings.empty()) out += "Nothing.\n";
  out += steps_text(graph);
  out += "\n## Objects\n\n| kind | name | state | outcome |\n|---|---|---|---|\n";
  for (const auto& node : graph.nodes) {
    out += fmt::format("| {} | {} | {} | {} |\n", node.kind, node.name.empty() ? "–" : full_name(node.ns, node.name),
                       node.state ? to_string(*node.state) : std::string_view("–"),
                       node.outcome ? to_string(*node.outcome) : std::string_view("–"));
  }
  out += "\n## What happened\n\n| at | kind | name | change | message |\n|---|---|---|---|---|\n";
  return out + lines_by_time(rows, events);
}

}  // namespace snaptrail::serving
