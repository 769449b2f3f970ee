#pragma once

#include <cstddef>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/sqlite.hpp"
#include "objects/event_record.hpp"

namespace snaptrail::ledger {

/// Writes the Kubernetes Events of batches. Of each object the kEventsPerObject that were said last are kept.
class EventTable {
 public:
  explicit EventTable(const Database& db);

  /// Adds it, or replaces what it said before; one that says nothing new changes nothing.
  void put(const objects::EventRecord& event);
  /// Deletes at most `most` that were last said before `cutoff`.
  void prune(objects::Instant cutoff, std::size_t most);

 private:
  Statement upsert_, trim_, prune_;
};

/// As Ledger::events_about().
std::vector<objects::EventRecord> select_events(const Database& db, const std::vector<objects::Uid>& objects);

}  // namespace snaptrail::ledger
