#include "serving/status_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <tuple>

#include "serving/html.hpp"

namespace snaptrail::serving {
namespace {

using objects::ObjectRecord;
using objects::Row;
using objects::State;

/// No script, no frame, no form; the one style sheet is our own.
constexpr const char* kPolicy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view kStyle = R"(:root { color-scheme: light dark; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; overflow-wrap: anywhere; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.ok { color: #1a7f37; } .busy { color: #9a6700; } .bad { color: #cf222e; font-weight: 600; }
)";

std::string_view class_of(State state) {
  switch (state) {
    case State::Ready:
    case State::Bound:
    case State::Available: return "ok";
    case State::Broken:
    case State::Error:
    case State::Orphaned:
    case State::Lost:
    case State::Failed: return "bad";
    default: return "busy";
  }
}

/// Bad before busy before done; within each the newest first.
auto rank_of(const ObjectRecord& record) {
  const auto look = class_of(record.state);
  return std::make_tuple(look == "bad" ? 0 : look == "busy" ? 1 : 2, -record.since.time_since_epoch().count());
}

std::string ago(objects::Instant now, objects::Instant then) {
  const auto seconds = std::max<long long>(0, std::chrono::duration_cast<std::chrono::seconds>(now - then).count());
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

std::string full_name(std::string_view ns, std::string_view name) {
  return html_text(ns.empty() ? std::string(name) : fmt::format("{}/{}", ns, name));
}

std::string initiator_text(const std::optional<objects::Initiator>& initiator) {
  if (!initiator) return {};
  std::string text = html_text(initiator->type);
  const objects::InitiatorTerms terms = objects::initiator_terms(initiator->type);
  const auto add = [&](std::string_view term, std::string_view name) {
    if (!name.empty()) text += fmt::format(" {} {}", term, html_text(name));
  };
  add(terms.backup, initiator->backup);
  add(terms.restore, initiator->restore);
  return text;
}

std::string state_cell(State state) {
  return fmt::format("<td class=\"{}\">{}</td>", class_of(state), to_string(state));
}

void append_records(std::string& out, std::vector<ObjectRecord> records, objects::Instant now) {
  std::ranges::stable_sort(records, {}, rank_of);
  out +=
      "<h2>Now</h2>\n<table>\n<thead><tr><th>Kind</th><th>Name</th><th>State</th><th>Since</th><th>Driver</th>"
      "<th>Handle</th><th>Initiator</th><th>Error</th></tr></thead>\n<tbody>\n";
  for (const ObjectRecord& one : records) {
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td>{}<td class=\"time\" "
        "title=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        to_string(one.kind), full_name(one.ns, one.name), state_cell(one.state), objects::format_rfc3339(one.since),
        ago(now, one.since), html_text(one.driver), html_text(one.snapshot_handle), initiator_text(one.initiator),
        html_text(one.error));
  }
  out += "</tbody>\n</table>\n";
  if (records.empty()) out += "<p>No snapshot and no restore is known.</p>\n";
  if (records.size() >= kPageRecords) out += "<p>There may be more; the API at /api/v1/status has them.</p>\n";
}

std::string move_text(const Row& row) {
  const std::string_view from = row.from ? to_string(*row.from) : std::string_view("–");
  const std::string_view to = row.to ? to_string(*row.to) : std::string_view("–");
  return fmt::format("{} → {}{}", from, to, row.outcome ? fmt::format(" ({})", to_string(*row.outcome)) : "");
}

void append_rows(std::string& out, const std::vector<Row>& rows) {
  out +=
      "<h2>Last transitions</h2>\n<table>\n<thead><tr><th>At</th><th>Kind</th><th>Name</th><th>Transition</th>"
      "<th>Handle</th><th>Message</th></tr></thead>\n<tbody>\n";
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    out += fmt::format("<tr><td class=\"time\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       objects::format_rfc3339(row->at), row->kind ? to_string(*row->kind) : to_string(row->type),
                       full_name(row->ns, row->name), move_text(*row), html_text(row->snapshot_handle),
                       html_text(row->message));
  }
  out += "</tbody>\n</table>\n";
}

}  // namespace

Response status_page(const PageView& view) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Security-Policy", kPolicy);
  response.body = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"refresh\" "
      "content=\"10\">\n"
      "<title>snaptrail: {0}</title>\n<link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>\n"
      "<h1>snaptrail: {0}</h1>\n<p>{1}, {2}. Version {3}.</p>\n",
      html_text(view.cluster), objects::format_rfc3339(view.now),
      view.ready ? "<span class=\"ok\">ready</span>"
                 : "<span class=\"bad\">not ready</span>, <a href=\"readyz?verbose\">why</a>",
      html_text(view.version));
  append_records(response.body, view.records, view.now);
  append_rows(response.body, view.rows);
  if (view.rows_missing) response.body += "<p class=\"bad\">The ledger can't be read; the log says why.</p>\n";
  response.body += "</body>\n</html>\n";
  return response;
}

Response style_sheet() {
  Response response;
  response.content_type = "text/css; charset=utf-8";
  response.body = kStyle;
  response.headers.emplace_back("Cache-Control", "max-age=3600");
  return response;
}

}  // namespace snaptrail::serving
