#include <fmt/format.h>

#include <string>
#include <string_view>

#include "ledger/codec.hpp"
#include "ledger/codec_parts.hpp"
#include "ledger/conditions.hpp"
#include "ledger/query.hpp"

namespace snaptrail::ledger {
namespace {

using objects::Operation;

// The order is that of bind_operation() and read_operation(); the first is the key.
constexpr std::string_view kColumns =
    "uid, kind, namespace, name, phase, backup, restore, schedule, requested_by, claim_namespace, claim, claim_uid, "
    "snapshot, driver, copy, message, created, started, completed, expires, being_deleted, gone, gone_how";

}  // namespace

const std::string& operation_columns() {
  static const std::string columns(kColumns);
  return columns;
}

const std::string& upsert_operation_sql() {
  static const std::string sql = codec::upsert_sql("operations", kColumns);
  return sql;
}

void bind_operation(Statement& s, const Operation& o) {
  s.uid(o.uid).text(to_string(o.kind)).text_or_null(o.ns).text_or_null(o.name).text_or_null(o.phase);
  s.text_or_null(o.backup).text_or_null(o.restore).text_or_null(o.schedule).text_or_null(o.requested_by);
  s.text_or_null(o.claim_ns).text_or_null(o.claim).uid_or_null(o.claim_uid).text_or_null(o.snapshot);
  s.text_or_null(o.driver).text_or_null(o.copy).text_or_null(o.message);
  s.instant_or_null(o.created).instant_or_null(o.started).instant_or_null(o.completed).instant_or_null(o.expires);
  s.integer(o.being_deleted ? 1 : 0).instant_or_null(o.gone);
  codec::bind_enum(s, o.end);
}

Operation read_operation(Statement& s) {
  Operation o;
  o.uid = s.read_uid();
  const auto kind = s.read_text();
  o.kind = codec::known(objects::kind_of(kind), "the kind of an operation", kind);
  o.ns = s.read_text();
  o.name = s.read_text();
  o.phase = s.read_text();
  o.backup = s.read_text();
  o.restore = s.read_text();
  o.schedule = s.read_text();
  o.requested_by = s.read_text();
  o.claim_ns = s.read_text();
  o.claim = s.read_text();
  o.claim_uid = s.read_uid();
  o.snapshot = s.read_text();
  o.driver = s.read_text();
  o.copy = s.read_text();
  o.message = s.read_text();
  o.created = s.read_instant_or_null();
  o.started = s.read_instant_or_null();
  o.completed = s.read_instant_or_null();
  o.expires = s.read_instant_or_null();
  o.being_deleted = s.read_integer() != 0;
  o.gone = s.read_instant_or_null();
  o.end = codec::optional_enum(s, objects::operation_end_of);
  return o;
}

void select_operations(const Database& db, const OperationQuery& query,
                       const std::function<void(const Operation&)>& visit) {
  Conditions where;
  if (!query.backup.empty()) where.text("backup = $", query.backup);
  if (!query.restore.empty()) where.text("restore = $", query.restore);
  Statement statement(
      db, fmt::format("SELECT {} FROM operations WHERE {} ORDER BY rowid", operation_columns(), where.sql()));
  where.bind(statement);
  while (statement.step()) visit(read_operation(statement));
}

}  // namespace snaptrail::ledger
