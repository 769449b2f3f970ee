#include "serving/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "objects/utf8.hpp"
#include "serving/json_values.hpp"

namespace snaptrail::serving {
namespace {

namespace json = boost::json;

bool is_settled(Availability availability) {
  return availability == Availability::Synced || availability == Availability::Absent ||
         availability == Availability::Forbidden;
}

std::string ledger_line(const ledger::WriterHealth& ledger) {
  if (!ledger.failing)
    return fmt::format("ledger: ok ({} rows committed, {} queued)", ledger.committed_rows, ledger.queued_rows);
  return fmt::format("ledger: failing ({} rows queued, {} dropped): {}", ledger.queued_rows, ledger.dropped_rows,
                     objects::to_printable(ledger.error));
}

std::string target_line(const TargetHealth& target) {
  std::string line = fmt::format("{}: {}", objects::to_printable(target.name), name_of(target.availability));
  if (!target.why.empty()) line += fmt::format(": {}", objects::to_printable(target.why));
  return line;
}

std::string text_body(const HealthView& view, bool verbose) {
  std::string body = is_ready(view) ? "ready\n" : "not ready\n";
  if (!view.gate_open) body += "gate: closed, waiting for the first lists\n";
  for (const TargetHealth& target : view.targets) {
    if (verbose || target.availability != Availability::Synced) body += target_line(target) + "\n";
  }
  if (verbose || view.ledger.failing) body += ledger_line(view.ledger) + "\n";
  return body;
}

std::string json_body(const HealthView& view) {
  json::array targets;
  for (const TargetHealth& target : view.targets) {
    targets.push_back(json::object{{"name", objects::to_valid_utf8(target.name)},
                                   {"availability", name_of(target.availability)},
                                   {"why", text_or_null(target.why)}});
  }
  const ledger::WriterHealth& ledger = view.ledger;
  return json::serialize(json::object{{"ready", is_ready(view)},
                                      {"gateOpen", view.gate_open},
                                      {"targets", std::move(targets)},
                                      {"ledger", json::object{{"failing", ledger.failing},
                                                              {"error", text_or_null(ledger.error)},
                                                              {"queuedRows", ledger.queued_rows},
                                                              {"droppedRows", ledger.dropped_rows},
                                                              {"committedRows", ledger.committed_rows}}}}) +
         "\n";
}

}  // namespace

bool is_ready(const HealthView& view) {
  return view.gate_open && !view.ledger.failing &&
         std::ranges::all_of(view.targets, [](const TargetHealth& target) { return is_settled(target.availability); });
}

Response healthz(const Request&) { return text_response(200, "ok"); }

Response readyz(const HealthView& view, const Request& request) {
  Response response;
  response.status = is_ready(view) ? 200 : 503;
  if (names_acceptable(request.accept, kJson)) {
    response.content_type = kJson;
    response.body = json_body(view);
  } else {
    response.body = text_body(view, request.param("verbose") != nullptr);
  }
  return response;
}

}  // namespace snaptrail::serving
