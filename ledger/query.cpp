#include "ledger/query.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "ledger/codec.hpp"

namespace snaptrail::ledger {
namespace {

// More than any ledger holds; SQL's integers end before size_t does.
constexpr std::size_t kEndless = 1'000'000'000'000;

// WHERE's conditions with the values of their parameters. In a condition, `$` stands for its value's parameter.
class Conditions {
 public:
  void text(std::string_view condition, std::string value) { add(condition, {Kind::Text, std::move(value)}); }
  void uid(std::string_view condition, std::string value) { add(condition, {Kind::Uid, std::move(value)}); }
  void plain(std::string_view condition) { sql_ += fmt::format(" AND {}", condition); }

  const std::string& sql() const { return sql_; }
  void bind(Statement& statement) const {
    for (const auto& [kind, value] : values_) {
      if (kind == Kind::Uid) {
        statement.uid_text(value);
      } else {
        statement.text(value);
      }
    }
  }

 private:
  enum class Kind { Text, Uid };

  void add(std::string_view condition, std::pair<Kind, std::string> value) {
    values_.push_back(std::move(value));
    std::string sql;
    for (const char c : condition) sql += c == '$' ? fmt::format("?{}", values_.size()) : std::string(1, c);
    plain(sql);
  }

  std::string sql_ = "1";
  std::vector<std::pair<Kind, std::string>> values_;
};

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

std::int64_t millis(objects::MaybeInstant at) { return (*at).time_since_epoch().count(); }

Conditions conditions_of(const Query& query) {
  Conditions where;
  if (!query.ns.empty()) {
    // A namespace alone selects much; from a given seq on, walking the rows in order beats sorting all of it.
    const bool walk = query.after_seq > 0 && query.name.empty();
    where.text(walk ? "+namespace = $" : "namespace = $", query.ns);
  }
  if (!query.name.empty()) where.text("name = $", query.name);
  if (!query.uid.empty()) {
    if (const auto uid = objects::Uid::parse(query.uid)) {
      where.uid("uid = $", uid->str());
    } else {
      where.plain("0");
    }
  }
  if (query.kind) where.text("kind = $", std::string(objects::to_string(*query.kind)));
  if (!query.chain.empty()) where.uid(fmt::format("seq IN ({})", rows_of_chains("$")), query.chain);
  if (!query.handle.empty()) where.text(with_chains("snapshot_handle"), query.handle);
  if (!query.backup.empty()) where.text(with_chains("initiator_backup"), query.backup);
  if (!query.restore.empty()) where.text(with_chains("initiator_restore"), query.restore);
  if (query.since) where.plain(fmt::format("at >= {}", millis(query.since)));
  if (query.until) where.plain(fmt::format("at < {}", millis(query.until)));
  if (query.after_seq > 0) where.plain(fmt::format("seq > {}", query.after_seq));
  if (query.last_seq > 0) where.plain(fmt::format("seq <= {}", query.last_seq));
  return where;
}

std::string limit_of(std::size_t most) {
  return most == 0 || most > kEndless ? std::string() : fmt::format(" LIMIT {}", most);
}

std::string sql_of(const Query& query, const std::string& where) {
  if (query.newest == 0 || query.newest > kEndless) {
    return fmt::format("SELECT {} FROM rows WHERE {} ORDER BY seq{}", row_columns(), where, limit_of(query.first));
  }
  // The newest ones, then turned round.
  return fmt::format("SELECT * FROM (SELECT {} FROM rows WHERE {} ORDER BY seq DESC LIMIT {}) ORDER BY seq{}",
                     row_columns(), where, query.newest, limit_of(query.first));
}

constexpr std::string_view kHeadlines =
    "(kind = 'VolumeSnapshot' OR kind = 'PersistentVolumeClaim' AND chain IS NOT NULL"
    " OR kind = 'VolumeSnapshotContent' AND state = 'Orphaned')";

Conditions conditions_of(const RecordQuery& query) {
  Conditions where;
  where.plain("state <> 'Deleted'");
  if (query.kind) where.text("kind = $", std::string(objects::to_string(*query.kind)));
  if (!query.ns.empty()) where.text("namespace = $", query.ns);
  if (!query.name.empty()) where.text("name = $", query.name);
  if (!query.handle.empty()) where.text("snapshot_handle = $", query.handle);
  if (!query.backup.empty()) where.text("initiator_backup = $", query.backup);
  if (!query.restore.empty()) where.text("initiator_restore = $", query.restore);
  if (query.headlines) where.plain(kHeadlines);
  if (query.after > 0) where.plain(fmt::format("rowid > {}", query.after));
  return where;
}

}  // namespace

void select_rows(const Database& db, const Query& query, const std::function<void(const objects::Row&)>& visit) {
  const auto where = conditions_of(query);
  Statement statement(db, sql_of(query, where.sql()));
  where.bind(statement);
  while (statement.step()) visit(read_row(statement));
}

void select_records(const Database& db, const RecordQuery& query,
                    const std::function<void(const objects::ObjectRecord&, std::int64_t position)>& visit) {
  const auto where = conditions_of(query);
  Statement statement(db, fmt::format("SELECT {}, rowid FROM objects WHERE {} ORDER BY rowid{}", record_columns(),
                                      where.sql(), limit_of(query.first)));
  where.bind(statement);
  while (statement.step()) {
    const auto record = read_record(statement);
    visit(record, statement.read_integer());
  }
}

}  // namespace snaptrail::ledger
