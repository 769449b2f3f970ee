#include "controller/row_text.hpp"

#include <fmt/format.h>

namespace snaptrail::controller {

namespace {

/// So that no value can pass for the next key.
std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text += '"';
}

}  // namespace

std::string row_text(const objects::Row& row) {
  std::string text(to_string(row.type));
  const auto add = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    const bool plain = value.find_first_of(" \"=\\") == std::string_view::npos;
    text += fmt::format(" {}={}", key, plain ? std::string(value) : quoted(value));
  };
  text += fmt::format(" seq={}", row.seq);
  if (row.kind) add("kind", objects::to_string(*row.kind));
  add("namespace", row.ns);
  add("name", row.name);
  add("uid", row.uid.str());
  if (row.from) add("from", to_string(*row.from));
  if (row.to) add("to", to_string(*row.to));
  if (row.outcome) add("outcome", to_string(*row.outcome));
  if (row.fact) {
    add("fact", to_string(row.fact->type));
    add("old", row.fact->from);
    add("new", row.fact->to);
  }
  if (row.finding) {
    add("finding", to_string(row.finding->event));
    add("reason", row.reason);
    add("category", row.finding->category);
    add("severity", row.finding->severity);
    add("since", objects::format_rfc3339(row.finding->since));
    if (row.finding->baseline) text += " baseline=true";
  }
  if (row.gap) {
    add("resource", row.gap->resource);
    add("cause", to_string(row.gap->cause));
    add("since", objects::format_rfc3339(row.gap->since));
    add("until", objects::format_rfc3339(row.gap->until));
  }
  add("driver", row.driver);
  add("handle", row.snapshot_handle);
  add("actor", row.actor);
  if (row.late) text += " late=true";
  add("message", row.message);
  return text;
}

}  // namespace snaptrail::controller
