#include "ledger/query.hpp"

#include <fmt/format.h>

#include <string>

#include "ledger/codec.hpp"
#include "ledger/conditions.hpp"

namespace snaptrail::ledger {
namespace {

// The rows of the chains that `chains` (a SELECT) gives. A chain that is the row's own uid is not in rows_chain.
std::string rows_of_chains(std::string_view chains) {
  return fmt::format(
      "SELECT seq FROM rows WHERE chain IN ({0}) AND chain IS NOT uid UNION "
      "SELECT seq FROM rows WHERE uid IN ({0}) AND chain = uid",
      chains);
}

// The rows that show `column`'s value, and all rows of the chains that ever showed it.
std::string with_chains(std::string_view column) {
  const auto chains = fmt::format("SELECT chain FROM rows WHERE {} = $ AND chain IS NOT NULL", column);
  return fmt::format("seq IN (SELECT seq FROM rows WHERE {} = $ UNION {})", column, rows_of_chains(chains));
}

Conditions conditions_of(const Query& query) {
  Conditions where;
  if (!query.ns.empty()) {
    // A namespace alone selects much; from a given seq on, walking the rows in order beats sorting all of it.
    const bool walk = query.after_seq > 0 && query.name.empty();
    where.text(walk ? "+namespace = $" : "namespace = $", query.ns);
  }
  if (!query.name.empty()) where.text("name = $", query.name);
  add_uid(where, "uid = $", query.uid);
  if (query.kind) where.text("kind = $", std::string(objects::to_string(*query.kind)));
  if (!query.chain.empty()) where.uid(fmt::format("seq IN ({})", rows_of_chains("$")), query.chain);
  if (!query.handle.empty()) where.text(with_chains("snapshot_handle"), query.handle);
  if (!query.backup.empty()) where.text(with_chains("initiator_backup"), query.backup);
  if (!query.restore.empty()) where.text(with_chains("initiator_restore"), query.restore);
  if (query.since) where.plain(fmt::format("at >= {}", millis_of(*query.since)));
  if (query.until) where.plain(fmt::format("at < {}", millis_of(*query.until)));
  if (query.after_seq > 0) where.plain(fmt::format("seq > {}", query.after_seq));
  if (query.last_seq > 0) where.plain(fmt::format("seq <= {}", query.last_seq));
  return where;
}

std::string sql_of(const Query& query, const std::string& where) {
  if (query.newest == 0 || query.newest > kEndless) {
    return fmt::format("SELECT {} FROM rows WHERE {} ORDER BY seq{}", row_columns(), where, limit_of(query.first));
  }
  // The newest ones, then turned round.
  return fmt::format("SELECT * FROM (SELECT {} FROM rows WHERE {} ORDER BY seq DESC LIMIT {}) ORDER BY seq{}",
                     row_columns(), where, query.newest, limit_of(query.first));
}

}  // namespace

void select_rows(const Database& db, const Query& query, const std::function<void(const objects::Row&)>& visit) {
  const auto where = conditions_of(query);
  Statement statement(db, sql_of(query, where.sql()));
  where.bind(statement);
  while (statement.step()) visit(read_row(statement));
}

}  // namespace snaptrail::ledger
