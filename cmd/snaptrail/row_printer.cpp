#include "cmd/snaptrail/row_printer.hpp"

#include <fmt/format.h>

#include <chrono>

#include "objects/utf8.hpp"

namespace snaptrail::cmd {
namespace {

using objects::Row;
using objects::RowType;

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

std::string or_nil(std::string_view text) { return text.empty() ? "nil" : objects::to_printable(text); }

Cell change_of(const Row& row) {
  if (row.type == RowType::Gap && row.gap) {
    return {fmt::format("gap: {}", to_string(row.gap->cause)), colours::kBad};
  }
  if (row.type == RowType::Fact && row.fact) {
    return {fmt::format("{} {} → {}", to_string(row.fact->type), or_nil(row.fact->from), or_nil(row.fact->to)),
            colours::kDim};
  }
  if (row.type == RowType::Outcome) {
    return {fmt::format("ended: {}", row.outcome ? to_string(*row.outcome) : "-"), colours::kEnding};
  }
  if (row.type == RowType::Finding && row.finding) {
    const bool is_over = row.finding->event == objects::FindingEvent::Ended;
    return {fmt::format("{} {}", cell_text(row.reason), to_string(row.finding->event)),
            is_over                           ? colours::kGood
            : row.finding->severity == "info" ? colours::kBusy
                                              : colours::kBad};
  }
  if (!row.from && !row.to) return {std::string(to_string(row.type)), colours::kNone};
  const std::string_view from = row.from ? to_string(*row.from) : "new";
  const std::string_view to = row.to ? to_string(*row.to) : "-";
  return {fmt::format("{} → {}", from, to), row.to ? colour_of(*row.to) : colours::kNone};
}

std::string details_of(const Row& row, Zone zone, bool wide) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text += fmt::format("{}{}={}", text.empty() ? "" : "  ", name, objects::to_printable(value));
  };
  if (row.gap) add("nothing-seen-since", time_text(row.gap->since, zone));
  if (row.ready && row.ready->from != row.ready->to) {
    add("readyToUse", fmt::format("{}→{}", ready_text(row.ready->from), ready_text(row.ready->to)));
  }
  if (row.outcome && row.type != RowType::Outcome) add("outcome", to_string(*row.outcome));
  if (row.type != RowType::Finding) add("reason", row.reason);
  if (row.finding) add("severity", row.finding->severity);
  add("handle", row.snapshot_handle);
  if (row.initiator) {
    const objects::InitiatorTerms terms = objects::initiator_terms(row.initiator->type);
    if (row.initiator->type != "velero") add("for", row.initiator->type);
    add(terms.backup, row.initiator->backup);
    add(terms.restore, row.initiator->restore);
  }
  if (row.late) add("late", "true");
  if (wide) {
    add("driver", row.driver);
    add("by", row.actor);
    add("resourceVersion", row.resource_version);
    add("uid", row.uid.str());
  }
  add("message", row.message);
  return text;
}

constexpr std::size_t kTimeWidth = 23;

std::vector<Column> columns(const OutputOptions& options) {
  const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
  return {{time_title(options.zone(), now), 0}, {"KIND", 0}, {"OBJECT", 16}, {"CHANGE", 16}, {"DETAILS", 12}};
}

}  // namespace

Line row_line(const Row& row, Zone zone, bool wide) {
  std::string object = row.ns.empty() ? row.name : fmt::format("{}/{}", row.ns, row.name);
  if (row.gap) object = row.gap->resource;
  return {{time_text(row.at, zone), colours::kDim},
          {std::string(row.kind ? short_kind(*row.kind) : "-")},
          {cell_text(object)},
          change_of(row),
          {details_of(row, zone, wide)}};
}

RowPrinter::RowPrinter(const OutputOptions& options, std::size_t hold)
    : options_(options),
      format_(options.format()),
      hold_(hold),
      table_(columns(options), terminal_for(format_)),
      items_(format_) {
  // What rows usually need, so that columns stand still while rows trickle in.
  table_.make_room({{{std::string(kTimeWidth, '0')}, {"snapshot"}}});
  if (hold_ == 0) table_.make_room({{{""}, {""}, {std::string(36, 'x')}, {std::string(22, 'x')}}});
}

void RowPrinter::print(const Row& row) {
  if (!options_.is_table()) return items_.print(objects::to_json(row));
  Line line = row_line(row, options_.zone(), format_ == Format::Wide);
  if (!settled_) {
    held_.push_back(std::move(line));
    if (held_.size() >= hold_) settle();
    return;
  }
  table_.make_room({line});
  print_line(table_.format(line));
}

void RowPrinter::settle() {
  if (options_.is_table() && !settled_ && !held_.empty()) {
    settled_ = true;
    table_.make_room(held_);
    if (!options_.no_headers) print_line(table_.header());
    for (const Line& line : held_) print_line(table_.format(line));
    held_.clear();
  }
  flush_output();
}

void RowPrinter::finish() {
  if (options_.is_table()) return settle();
  items_.finish();
}

}  // namespace snaptrail::cmd
