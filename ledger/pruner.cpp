#include "ledger/pruner.hpp"

#include <fmt/format.h>

namespace snaptrail::ledger {
namespace {

// Rows that are read at a time; bounds the memory of a slice.
constexpr std::int64_t kChunk = 1'000;

/// Other rows of the finding that a row tells of, with a seq on that side of its own.
std::string of_finding(char side) {
  return fmt::format(
      "SELECT 1 FROM rows AS this JOIN rows AS other ON other.type = 'finding' AND other.uid IS this.uid "
      "AND other.namespace IS this.namespace AND other.name IS this.name AND other.reason IS this.reason "
      "AND other.seq {} this.seq WHERE this.seq = ? LIMIT 1",
      side);
}

}  // namespace

Pruner::Pruner(const Database& db)
    : db_(db),
      candidates_(db,
                  "SELECT at, seq, uid, driver, snapshot_handle, outcome IS 'Destroyed', finding_event <> 'ended', "
                  "finding_event = 'ended', kind IS 'VolumeSnapshotContent' FROM rows "
                  "WHERE at < ? AND (at, seq) > (?, ?) ORDER BY at, seq LIMIT ?"),
      open_object_(db, "SELECT 1 FROM objects WHERE uid = ? AND (state <> 'Deleted' OR outcome_pending <> 0)"),
      told_later_(db, of_finding('>')),
      told_earlier_(db, of_finding('<')),
      newer_(db, "SELECT 1 FROM rows WHERE snapshot_handle = ? AND driver IS ? AND seq > ? LIMIT 1"),
      newer_of_content_(
          db, "SELECT 1 FROM rows WHERE uid = ? AND seq > ? AND +snapshot_handle = ? AND driver IS ? LIMIT 1"),
      destroyed_(db, "SELECT 1 FROM rows WHERE snapshot_handle = ? AND driver IS ? AND outcome = 'Destroyed' LIMIT 1"),
      others_(db,
              "SELECT 1 FROM rows WHERE snapshot_handle = ? AND driver IS ? AND outcome IS NOT 'Destroyed' LIMIT 1"),
      delete_row_(db, "DELETE FROM rows WHERE seq = ?"),
      delete_record_(db,
                     "DELETE FROM objects WHERE uid = ?1 AND state = 'Deleted' AND outcome_pending = 0 "
                     "AND NOT EXISTS (SELECT 1 FROM rows WHERE rows.uid = ?1)"),
      sweep_(db,
             "DELETE FROM objects WHERE uid IN (SELECT uid FROM objects WHERE state = 'Deleted' AND "
             "outcome_pending = 0 AND since < ? AND NOT EXISTS (SELECT 1 FROM rows WHERE rows.uid = objects.uid) "
             "LIMIT ?)"),
      sweep_operations_(db,
                        "DELETE FROM operations WHERE uid IN (SELECT uid FROM operations AS o WHERE gone < ? "
                        "AND NOT EXISTS (SELECT 1 FROM rows WHERE initiator_backup = o.backup) "
                        "AND NOT EXISTS (SELECT 1 FROM rows WHERE initiator_restore = o.restore) LIMIT ?)") {}

std::size_t Pruner::slice(objects::Instant cutoff, std::size_t max_rows) {
  Transaction transaction(db_);
  Place place = place_;
  bool found_some = found_some_;
  bool ended = false;
  std::size_t deleted = 0;
  while (deleted < max_rows && !ended) {
    const auto rows = candidates(place, cutoff);
    for (const auto& row : rows) {
      if (deleted == max_rows) break;
      place = row.place;
      if (must_stay(row)) continue;
      delete_row(row);
      ++deleted;
      found_some = true;
    }
    if (!rows.empty()) continue;
    // A row may have stayed only because of later ones that are gone now: the pass ends when it found nothing.
    ended = !found_some;
    found_some = false;
    place = {};
  }
  if (ended) sweep_records(cutoff, max_rows);
  transaction.commit();
  place_ = place;
  found_some_ = found_some;
  return deleted;
}

std::vector<Pruner::Candidate> Pruner::candidates(Place after, objects::Instant cutoff) {
  ResetAtEnd guard(candidates_);
  candidates_.instant(cutoff).integer(after.at).integer(after.seq).integer(kChunk);
  std::vector<Candidate> rows;
  while (candidates_.step()) {
    auto& row = rows.emplace_back();
    row.place.at = candidates_.read_integer();
    row.place.seq = candidates_.read_integer();
    row.uid = candidates_.read_uid();
    row.driver = candidates_.read_text();
    row.handle = candidates_.read_text();
    row.destroyed = candidates_.read_integer() != 0;
    row.finding_stands = candidates_.read_integer() != 0;
    row.finding_ended = candidates_.read_integer() != 0;
    row.of_content = candidates_.read_integer() != 0;
  }
  return rows;
}

bool Pruner::any(Statement& statement) {
  ResetAtEnd guard(statement);
  return statement.step();
}

bool Pruner::must_stay(const Candidate& row) {
  if (row.uid && any(open_object_.uid(row.uid))) return true;
  // What stands is told by its newest row, and an end outlives what it ends: else that would stand again.
  if (row.finding_ended && any(told_earlier_.integer(row.place.seq))) return true;
  if (row.finding_stands && !any(told_later_.integer(row.place.seq))) return true;
  if (row.handle.empty()) return false;
  // "Destroyed" is known as long as its row is there, so it outlives the other rows of its handle.
  if (row.destroyed) return any(others_.text(row.handle).text_or_null(row.driver));
  if (is_retold(row)) return false;
  return !any(destroyed_.text(row.handle).text_or_null(row.driver));
}

bool Pruner::is_retold(const Candidate& row) {
  if (!row.of_content) return any(newer_.text(row.handle).text_or_null(row.driver).integer(row.place.seq));
  // Of a content its own rows alone: with its last one its record would go, which tells of the cut.
  return any(newer_of_content_.uid(row.uid).integer(row.place.seq).text(row.handle).text_or_null(row.driver));
}

void Pruner::delete_row(const Candidate& row) {
  delete_row_.integer(row.place.seq).run();
  if (row.uid) delete_record_.uid(row.uid).run();
}

void Pruner::sweep_records(objects::Instant cutoff, std::size_t max_records) {
  // Tombstones whose rows were never written (an overloaded writer keeps records and drops rows).
  sweep_.instant(cutoff).integer(static_cast<std::int64_t>(max_records)).run();
  // While rows of a run stay it can be told, and what ended with it is known to have ended.
  sweep_operations_.instant(cutoff).integer(static_cast<std::int64_t>(max_records)).run();
}

}  // namespace snaptrail::ledger
