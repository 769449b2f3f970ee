#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "ledger/codec.hpp"
#include "ledger/conditions.hpp"
#include "ledger/query.hpp"

namespace snaptrail::ledger {
namespace {

std::string list_of(const std::vector<objects::Uid>& uids) {
  std::string list;
  for (const auto& uid : uids) {
    list += list.empty() ? "X'" : ", X'";
    for (const auto byte : uid.bytes()) list += fmt::format("{:02x}", byte);
    list += '\'';
  }
  return list;
}

/// The newest row of each finding, where that is no end.
Conditions conditions_of(const FindingQuery& query) {
  std::string newest = "SELECT max(seq) FROM rows WHERE type = 'finding'";
  if (query.at) newest += fmt::format(" AND at <= {}", millis_of(*query.at));
  if (query.of) newest += fmt::format(" AND uid IN ({})", list_of(*query.of));
  Conditions where;
  where.plain(fmt::format("seq IN ({} GROUP BY uid, namespace, name, reason)", newest));
  where.plain("finding_event <> 'ended'");
  if (query.kind) where.text("kind = $", std::string(objects::to_string(*query.kind)));
  if (!query.ns.empty()) where.text("namespace = $", query.ns);
  if (!query.name.empty()) where.text("name = $", query.name);
  add_uid(where, "uid = $", query.uid);
  if (!query.reason.empty()) where.text("reason = $", query.reason);
  if (!query.category.empty()) where.text("finding_category = $", query.category);
  if (!query.driver.empty()) where.text("driver = $", query.driver);
  if (query.after_seq > 0) where.plain(fmt::format("seq > {}", query.after_seq));
  return where;
}

constexpr std::string_view kWorstFirst =
    "CASE finding_category WHEN 'waiting' THEN 2 WHEN 'hazard' THEN 1 ELSE 0 END,"
    " CASE finding_severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, seq DESC";

}  // namespace

void select_findings(const Database& db, const FindingQuery& query,
                     const std::function<void(const objects::Row&)>& visit) {
  const auto where = conditions_of(query);
  Statement select(db, fmt::format("SELECT {} FROM rows WHERE {} ORDER BY {}{}", row_columns(), where.sql(),
                                   query.worst_first ? kWorstFirst : "seq", limit_of(query.first)));
  where.bind(select);
  while (select.step()) visit(read_row(select));
}

std::map<std::string, std::uint64_t> count_findings(const Database& db, const FindingQuery& query) {
  const auto where = conditions_of(query);
  Statement select(
      db, fmt::format("SELECT finding_category, count(*) FROM rows WHERE {} GROUP BY 1 ORDER BY 1", where.sql()));
  where.bind(select);
  std::map<std::string, std::uint64_t> counts;
  while (select.step()) {
    auto category = select.read_text();
    counts[std::move(category)] = static_cast<std::uint64_t>(select.read_integer());
  }
  return counts;
}

}  // namespace snaptrail::ledger
