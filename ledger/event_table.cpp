#include "ledger/event_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "ledger/codec_parts.hpp"

namespace snaptrail::ledger {
namespace {

// The order is that of EventTable::put() and read_event(); the first is the key.
constexpr std::string_view kColumns =
    "uid, kind, namespace, name, about, type, reason, message, count, at, first, api_time, late, change";

// A list brings again what was seen happening, with less to tell of when.
constexpr std::string_view kUnlessKnown =
    " ON CONFLICT (uid) DO UPDATE SET type = excluded.type, reason = excluded.reason, message = excluded.message,"
    " count = excluded.count, at = excluded.at, api_time = excluded.api_time, late = excluded.late,"
    " change = excluded.change WHERE excluded.count > count OR excluded.api_time > coalesce(api_time, 0) RETURNING 1";

objects::EventRecord read_event(Statement& s) {
  objects::EventRecord event;
  event.uid = s.read_uid();
  const auto kind = s.read_text();
  event.kind = codec::known(objects::kind_of(kind), "the kind of an object", kind);
  event.ns = s.read_text();
  event.name = s.read_text();
  event.about = s.read_uid();
  event.warning = s.read_text() == "Warning";
  event.reason = s.read_text();
  event.message = s.read_text();
  event.count = s.read_integer();
  event.at = s.read_instant();
  event.first = s.read_instant_or_null();
  event.api_time = s.read_instant_or_null();
  event.late = s.read_integer() != 0;
  event.change = s.is_null() ? 0 : s.read_integer();
  return event;
}

/// A file that is only read may be older than the column, or than the table.
bool has_changes(const Database& db) {
  return db.number("SELECT count(*) FROM pragma_table_info('events') WHERE name = 'change'") > 0;
}

}  // namespace

EventTable::EventTable(const Database& db)
    : upsert_(db, codec::insert_sql("events", kColumns) + std::string(kUnlessKnown)),
      trim_(db, fmt::format("DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE about = ? "
                            "ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET {})",
                            kEventsPerObject)),
      prune_(db, "DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE at < ? ORDER BY at LIMIT ?)") {}

bool EventTable::put(const objects::EventRecord& event, std::int64_t change) {
  upsert_.uid(event.uid).text(to_string(event.kind)).text_or_null(event.ns).text_or_null(event.name);
  upsert_.uid(event.about).text(event.warning ? "Warning" : "Normal").text_or_null(event.reason);
  upsert_.text_or_null(event.message).integer(event.count).instant(event.at).instant_or_null(event.first);
  upsert_.instant_or_null(event.api_time).integer(event.late ? 1 : 0).integer(change);
  ResetAtEnd guard(upsert_);
  if (!upsert_.step()) return false;
  trim_.uid(event.about).run();
  return true;
}

void EventTable::prune(objects::Instant cutoff, std::size_t most) {
  prune_.instant(cutoff).integer(static_cast<std::int64_t>(most)).run();
}

std::int64_t last_event_of(const Database& db) {
  // meta remembers what is not kept any more; a number is never given twice.
  const auto given = db.number("SELECT value FROM meta WHERE key = 'last_event'");
  return has_changes(db) ? std::max(given, db.number("SELECT max(change) FROM events")) : given;
}

void select_event_changes(const Database& db, std::int64_t after, std::size_t first,
                          const std::function<void(const objects::EventRecord&)>& visit) {
  if (!has_changes(db)) return;
  Statement select(db, fmt::format("SELECT {} FROM events WHERE change > ? ORDER BY change LIMIT ?", kColumns));
  select.integer(after).integer(static_cast<std::int64_t>(first));
  while (select.step()) visit(read_event(select));
}

std::vector<objects::EventRecord> select_events(const Database& db, const std::vector<objects::Uid>& objects) {
  std::vector<objects::EventRecord> events;
  if (db.number("SELECT count(*) FROM sqlite_master WHERE name = 'events'") == 0) return events;
  std::string columns(kColumns);
  if (!has_changes(db)) columns.replace(columns.rfind("change"), std::string_view("change").size(), "NULL");
  Statement select(db, fmt::format("SELECT {} FROM events WHERE about = ? ORDER BY at, rowid", columns));
  for (const auto& about : objects) {
    select.uid(about);
    while (select.step()) events.push_back(read_event(select));
  }
  std::ranges::stable_sort(events, {}, &objects::EventRecord::at);
  return events;
}

}  // namespace snaptrail::ledger
