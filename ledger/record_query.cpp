#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

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
  if (query.at) where.plain("state IS NOT NULL");  // where nothing tells of before, it was not there
  return where;
}

// What the object's newest transition up to the moment tells; without one, what the first one after it tells of before. One whose
// state has not changed since is as it is now.
std::string then(std::string_view of_last, std::string_view otherwise, std::int64_t at) {
  return fmt::format(
      "coalesce((SELECT {} FROM rows WHERE rows.uid = objects.uid AND rows.type = 'transition' AND rows.at <= {}"
      " ORDER BY seq DESC LIMIT 1), {})",
      of_last, at, otherwise);
}

// What is selected from: the table, or the table as it was at a moment, under the same names.
std::string source_of(const RecordQuery& query) {
  if (!query.at) return "objects";
  const auto at = millis_of(*query.at);
  const auto before =
      "(SELECT from_state FROM rows WHERE rows.uid = objects.uid AND rows.type = 'transition' ORDER BY seq LIMIT 1)";
  std::string columns = record_columns();
  const auto replace = [&](std::string_view column, const std::string& value) {
    const auto place = columns.find(fmt::format(" {},", column));
    columns.replace(place + 1, column.size(),
                    fmt::format("CASE WHEN since <= {0} THEN {1} ELSE {2} END AS {1}", at, column, value));
  };
  replace("since", then("rows.at", "first_seen", at));
  replace("state", then("to_state", before, at));
  return fmt::format("(SELECT rowid AS rowid, {} FROM objects WHERE first_seen <= {})", columns, at);
}

}  // namespace

void select_records(const Database& db, const RecordQuery& query,
                    const std::function<void(const objects::ObjectRecord&, std::int64_t position)>& visit) {
  auto where = conditions_of(query);
  if (query.after > 0) where.plain(fmt::format("rowid > {}", query.after));
  Statement statement(db, fmt::format("SELECT {}, rowid FROM {} WHERE {} ORDER BY rowid{}", record_columns(),
                                      source_of(query), where.sql(), limit_of(query.first)));
  where.bind(statement);
  while (statement.step()) {
    const auto record = read_record(statement);
    visit(record, statement.read_integer());
  }
}

std::size_t select_page(const Database& db, const RecordQuery& query,
                        const std::function<void(const objects::ObjectRecord&)>& visit) {
  const auto where = conditions_of(query);
  // In the order of objects_heads, so that nothing is sorted, and all that is asked of most objects is in the index. One pass both
  // counts and finds the page: conditions that have to look at each object do so once.
  Statement all(db, fmt::format("SELECT rowid FROM {} WHERE {} ORDER BY since DESC, state DESC, kind DESC, chain DESC,"
                                " rowid DESC",
                                source_of(query), where.sql()));
  where.bind(all);
  std::vector<std::int64_t> page;
  std::size_t total = 0;
  for (; all.step(); ++total) {
    if (total >= query.skip && (query.first == 0 || page.size() < query.first)) page.push_back(all.read_integer());
  }
  Statement one(db, fmt::format("SELECT {} FROM {} WHERE rowid = ?", record_columns(), source_of(query)));
  for (const auto rowid : page) {
    one.integer(rowid);
    if (one.step()) visit(read_record(one));
    one.reset();
  }
  return total;
}

std::vector<RecordGroup> group_records(const Database& db, const RecordQuery& query) {
  const auto where = conditions_of(query);
  Statement statement(db, fmt::format("SELECT kind, namespace, driver, state, count(*) FROM {} WHERE {} "
                                      "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
                                      source_of(query), where.sql()));
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
