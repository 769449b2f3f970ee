#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ledger/sqlite.hpp"

namespace snaptrail::ledger {

/// Deletes old rows as Ledger::retain() promises. It remembers where the slice before ended, so that rows that stay are
/// not looked at again with every slice of a pass.
class Pruner {
 public:
  explicit Pruner(const Database& db);

  /// Deletes at most `max_rows` rows from before `cutoff`, and the records of ended objects that have no rows left,
  /// and operations that went before it, in one transaction. Returns how many rows; fewer than `max_rows` (so 0, in the end) when none is left to delete.
  std::size_t slice(objects::Instant cutoff, std::size_t max_rows);

 private:
  struct Place {
    std::int64_t at = INT64_MIN;
    std::int64_t seq = 0;
  };
  struct Candidate {
    Place place;
    objects::Uid uid;
    std::string driver;
    std::string handle;
    bool destroyed = false;
    bool finding_stands = false;  ///< of a finding's row: it says that it began or changed
    bool finding_ended = false;   ///< of a finding's row: it says that it ended
    bool of_content = false;      ///< a VolumeSnapshotContent's
  };

  std::vector<Candidate> candidates(Place after, objects::Instant cutoff);
  bool must_stay(const Candidate& row);
  /// Whether a later row stands for this one as the last of its handle.
  bool is_retold(const Candidate& row);
  bool any(Statement& statement);
  void delete_row(const Candidate& row);
  void sweep_records(objects::Instant cutoff, std::size_t max_records);

  const Database& db_;
  Statement candidates_, open_object_, told_later_, told_earlier_, newer_, newer_of_content_, destroyed_, others_,
      delete_row_, delete_record_, sweep_, sweep_operations_;
  Place place_;              // up to where the pass has looked
  bool found_some_ = false;  // whether the pass deleted anything
};

}  // namespace snaptrail::ledger
