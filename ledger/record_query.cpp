#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "ledger/codec.hpp"
#include "ledger/codec_parts.hpp"
#include "ledger/conditions.hpp"
#include "ledger/query.hpp"

namespace snaptrail::ledger {
namespace {

// As the partial indexes in schema.cpp have it, else SQLite does not use them.
constexpr std::string_view kHeadlines =
    "(kind = 'VolumeSnapshot' OR kind = 'PersistentVolumeClaim' AND chain IS NOT NULL"
    " OR kind = 'VolumeSnapshotContent' AND state = 'Orphaned')";

// LIKE's pattern for a text anywhere, its own wildcards taken as they are.
std::string pattern_of(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

void add_uid(Conditions& where, std::string_view condition, const std::string& text) {
  if (text.empty()) return;
  if (const auto uid = objects::Uid::parse(text)) {
    where.uid(condition, uid->str());
  } else {
    where.plain("0");
  }
}

Conditions conditions_of(const RecordQuery& query) {
  Conditions where;
  if (!query.ended_too) where.plain("state <> 'Deleted'");
  if (query.kind) where.text("kind = $", std::string(objects::to_string(*query.kind)));
  if (!query.ns.empty()) where.text("namespace = $", query.ns);
  if (!query.name.empty()) where.text("name = $", query.name);
  if (!query.handle.empty()) where.text("snapshot_handle = $", query.handle);
  if (!query.backup.empty()) where.text("initiator_backup = $", query.backup);
  if (!query.restore.empty()) where.text("initiator_restore = $", query.restore);
  add_uid(where, "uid = $", query.uid);
  add_uid(where, "claim_uid = $", query.claim);
  if (!query.driver.empty()) where.text("driver = $", query.driver);
  if (query.state) where.text("state = $", std::string(objects::to_string(*query.state)));
  if (!query.initiator.empty()) {
    where.text("(initiator_type = $ OR initiator_backup = $ OR initiator_restore = $)", query.initiator);
  }
  if (!query.text.empty()) {
    where.text(
        "(name LIKE $ ESCAPE '\\' OR namespace LIKE $ ESCAPE '\\' OR snapshot_handle LIKE $ ESCAPE '\\'"
        " OR initiator_backup LIKE $ ESCAPE '\\' OR initiator_restore LIKE $ ESCAPE '\\')",
        pattern_of(query.text));
  }
  if (query.headlines) where.plain(kHeadlines);
  return where;
}

}  // namespace

void select_records(const Database& db, const RecordQuery& query,
                    const std::function<void(const objects::ObjectRecord&, std::int64_t position)>& visit) {
  auto where = conditions_of(query);
  if (query.after > 0) where.plain(fmt::format("rowid > {}", query.after));
  const std::size_t most = query.first == 0 && query.skip > 0 ? kEndless : query.first;
  const auto skip = query.skip > 0 ? fmt::format(" OFFSET {}", std::min(query.skip, kEndless)) : std::string();
  Statement statement(
      db, fmt::format("SELECT {}, rowid FROM objects WHERE {} ORDER BY {}{}{}", record_columns(), where.sql(),
                      query.newest_first ? "since DESC, rowid DESC" : "rowid", limit_of(most), skip));
  where.bind(statement);
  while (statement.step()) {
    const auto record = read_record(statement);
    visit(record, statement.read_integer());
  }
}

std::size_t count_records(const Database& db, const RecordQuery& query) {
  const auto where = conditions_of(query);
  Statement statement(db, fmt::format("SELECT count(*) FROM objects WHERE {}", where.sql()));
  where.bind(statement);
  return statement.step() ? static_cast<std::size_t>(statement.read_integer()) : 0;
}

std::vector<RecordGroup> group_records(const Database& db, const RecordQuery& query) {
  const auto where = conditions_of(query);
  Statement statement(db, fmt::format("SELECT kind, namespace, driver, state, count(*) FROM objects WHERE {} "
                                      "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
                                      where.sql()));
  where.bind(statement);
  std::vector<RecordGroup> groups;
  while (statement.step()) {
    RecordGroup& group = groups.emplace_back();
    const auto kind = statement.read_text();
    group.kind = codec::known(objects::kind_of(kind), "the kind of an object", kind);
    group.ns = statement.read_text();
    group.driver = statement.read_text();
    const auto state = statement.read_text();
    group.state = codec::known(objects::state_of(state), "the state of an object", state);
    group.count = static_cast<std::uint64_t>(statement.read_integer());
  }
  return groups;
}

}  // namespace snaptrail::ledger
