#include "serving/record_then.hpp"

#include <utility>
#include <vector>

#include "reconcilers/story/object_history.hpp"

namespace snaptrail::serving {

objects::ObjectRecord record_then(const ledger::Ledger& ledger, objects::ObjectRecord record, objects::Instant at) {
  std::vector<objects::Row> rows;
  ledger::Query query;
  query.uid = record.uid.str();
  ledger.for_each_row(query, [&rows](const objects::Row& row) { rows.push_back(row); });
  const bool has_changed_since = !rows.empty() && rows.back().at > at;
  if (!has_changed_since) return record;
  const auto histories = reconcilers::histories(rows, {&record, 1}, at);
  const auto& then = histories.at(record.uid);
  record.ready = then.ready.value_or(objects::Ready::Nil);
  record.error = then.error;
  record.outcome = then.outcome;
  record.snapshot_handle = then.handle;
  record.volume_handle = then.volume;
  return record;
}

}  // namespace snaptrail::serving
