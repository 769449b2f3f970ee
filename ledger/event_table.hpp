#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/sqlite.hpp"
#include "objects/event_record.hpp"

namespace snaptrail::ledger {

/// Writes the Kubernetes Events of batches. Of each object the kEventsPerObject that were said last are kept.
class EventTable {
 public:
  explicit EventTable(const Database& db);

  /// Adds it, or replaces what it said before, as the change of that number; false for one that says nothing new, which changes nothing.
  bool put(const objects::EventRecord& event, std::int64_t change);
  /// Deletes at most `most` that were last said before `cutoff`.
  void prune(objects::Instant cutoff, std::size_t most);

 private:
  Statement upsert_, trim_, prune_;
};

/// As Ledger::last_event().
std::int64_t last_event_of(const Database& db);
/// As Ledger::for_each_event().
void select_event_changes(const Database& db, std::int64_t after, std::size_t first,
                          const std::function<void(const objects::EventRecord&)>& visit);
/// As Ledger::events_about().
std::vector<objects::EventRecord> select_events(const Database& db, const std::vector<objects::Uid>& objects);

}  // namespace snaptrail::ledger
