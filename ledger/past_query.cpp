#include <fmt/format.h>

#include "ledger/conditions.hpp"
#include "ledger/query.hpp"

namespace snaptrail::ledger {
namespace {

/// Gaps are looked for among so many of the newest rows, as a start of the daemon does.
constexpr std::int64_t kRecalledRows = 50'000;

}  // namespace

std::unordered_map<objects::Uid, objects::Instant> select_ready_times(const Database& db, objects::Kind kind) {
  Statement select(db,
                   "SELECT uid, (SELECT min(at) FROM rows WHERE rows.uid = objects.uid AND rows.ready_to = 'true') AS t"
                   " FROM objects WHERE kind = ? AND t IS NOT NULL");
  select.text(objects::to_string(kind));
  std::unordered_map<objects::Uid, objects::Instant> times;
  while (select.step()) {
    const auto uid = select.read_uid();
    times.emplace(uid, select.read_instant());
  }
  return times;
}

objects::MaybeInstant select_last_gap(const Database& db, std::string_view resource, objects::Millis least,
                                      objects::Instant until) {
  const auto last = db.number(
      fmt::format("SELECT seq FROM rows WHERE at <= {} ORDER BY at DESC, seq DESC LIMIT 1", millis_of(until)));
  Statement select(db, fmt::format("SELECT max(gap_until) FROM rows WHERE seq <= {} AND seq > {} AND type = 'gap'"
                                   " AND gap_resource = ? AND gap_until - gap_since >= {}",
                                   last, last - kRecalledRows, least.count()));
  select.text(resource);
  return select.step() ? select.read_instant_or_null() : objects::MaybeInstant();
}

}  // namespace snaptrail::ledger
