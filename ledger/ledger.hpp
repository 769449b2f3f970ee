#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "objects/event_record.hpp"
#include "objects/operation.hpp"
#include "objects/row.hpp"

namespace snaptrail::ledger {

enum class Errc {
  not_ours,       ///< it is no SQLite database (or no file at all), or one of another program
  newer_version,  ///< written by a newer snaptrail in a form that we can't read
  locked,         ///< another process has it; the message names it
  full,           ///< no space left
  io,             ///< the disk fails, read-only file system, permission
  corrupt,        ///< SQLite says that the file is damaged
  timed_out,      ///< a query was cut short (Ledger::limit_queries)
};

/// Whether what failed is the disk, so that it may work again without anybody's choosing another file: not those that say whose file
/// it is.
constexpr bool is_of_the_disk(Errc code) { return code == Errc::full || code == Errc::io || code == Errc::corrupt; }

/// Thrown by the ledger. `what()` says which file, what is wrong and what to do.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Errc code() const { return code_; }

 private:
  Errc code_;
};

/// Up to where a target (informers/intake.hpp, by its name) has been recorded.
struct Position {
  std::string target;
  std::string resource_version;
  objects::Instant at;  ///< when that was proven
};

/// What is committed as one transaction: the rows, the states that they lead to, what Kubernetes Events said, and the resume positions
/// that they cover.
struct Batch {
  std::vector<objects::Row> rows;
  std::vector<objects::ObjectRecord> records;  ///< inserted or replaced, by uid
  std::vector<objects::Operation> operations;  ///< the same
  std::vector<objects::EventRecord> events;    ///< inserted, or replacing what they said before
  std::vector<Position> positions;
  std::optional<std::int64_t> epoch;  ///< the epoch that begins with this batch
  bool empty() const {
    return rows.empty() && records.empty() && operations.empty() && events.empty() && positions.empty() && !epoch;
  }
};

/// Selects rows; empty fields select all. Newest last.
struct Query {
  std::optional<objects::Kind> kind{};
  std::string ns{};
  std::string name{};
  std::string uid{};
  std::string handle{};  ///< snapshotHandle: every chain of the story
  std::string backup{};  ///< rows of the initiator's backup, and of the chains that it belongs to
  std::string restore{};
  std::string chain{};
  objects::MaybeInstant since{};  ///< observed at that moment or later
  objects::MaybeInstant until{};  ///< observed before that moment
  std::int64_t after_seq = 0;
  std::int64_t last_seq = 0;  ///< none later than that one; 0: no such end
  std::size_t newest = 0;     ///< 0: no limit; else only the newest that many of those that all of the above select
  std::size_t first = 0;      ///< 0: no limit; else only the first that many of what is left
};

/// Selects records of objects that have not ended; empty fields select all.
struct RecordQuery {
  std::optional<objects::Kind> kind{};
  std::string ns{};
  std::string name{};
  std::string handle{};
  std::string backup{};
  std::string restore{};
  std::string uid{};
  std::string claim{};  ///< uid of the claim that the object belongs to
  std::string driver{};
  std::string initiator{};  ///< the tool's type, or one of its names
  std::string text{};       ///< part of the name, namespace, handle or initiator, letter case aside
  std::optional<objects::State> state{};
  bool ended_too = false;  ///< also objects that have ended
  /// Only what a person asks about first: VolumeSnapshots, claims restored from one, contents that are Orphaned.
  bool headlines = false;
  /// As it was then: objects that were there, with `state` and `since` of that moment; all else is what is known by now. As far back
  /// as their rows are kept. None: now.
  objects::MaybeInstant at{};
  std::int64_t after = 0;  ///< position of a record; those behind it. Not of a page
  std::size_t skip = 0;    ///< of a page: how many come before it
  std::size_t first = 0;   ///< 0: no limit
};

/// Selects findings that have begun and not ended; empty fields select all.
struct FindingQuery {
  std::optional<objects::Kind> kind{};
  std::string ns{};
  std::string name{};
  std::string uid{};
  std::string reason{};
  std::string category{};
  std::string driver{};
  std::optional<std::vector<objects::Uid>> of{};  ///< of these objects only
  objects::MaybeInstant at{};                     ///< those that stood then; none: now
  std::int64_t after_seq = 0;                     ///< told of last by a later row than that
  /// What to look at first at the front: errors and what is stuck before hazards before what waits; within these critical first, then
  /// what was told of last. Else by rising seq.
  bool worst_first = false;
  std::size_t first = 0;  ///< 0: no limit
};

/// The newest Events that are kept of one object.
inline constexpr std::size_t kEventsPerObject = 50;

/// Selects operations; empty fields select all.
struct OperationQuery {
  std::string backup{};   ///< of that Backup: itself, its copies, the Restores that are made from it
  std::string restore{};  ///< of that Restore: itself and its copies
};

/// Objects that are alike, and how many they are.
struct RecordGroup {
  objects::Kind kind = objects::Kind::VolumeSnapshot;
  std::string ns;
  std::string driver;  ///< empty: unknown
  objects::State state = objects::State::Pending;
  std::uint64_t count = 0;
};

/// What a connection sees of the file. While it stays the same every question has the answer that it had before; of two connections none
/// are the same. The default one is nobody's.
struct Version {
  std::uint64_t connection = 0;
  std::int64_t commits = 0;  ///< SQLite's data_version: changes with each commit of anybody else
  friend bool operator==(const Version&, const Version&) = default;
};

struct Retention {
  std::chrono::hours rows{24 * 180};  ///< rows older than this go; 0: keep all
};

/// The durable trail in one SQLite file: WAL, synchronous=FULL. One writer process a file, held by an advisory lock that names its
/// holder; readers may open it meanwhile. Blocking; one thread at a time.
class Ledger {
 public:
  enum class Mode { ReadWrite, ReadOnly };

  /// Opens `path`, creating it (0600) in ReadWrite, and migrates an older schema. Throws Error.
  Ledger(const std::filesystem::path& path, Mode mode);
  ~Ledger();
  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;

  /// Commits the batch, and gives its rows their seq and its Events the number of their change. All or nothing; throws Error. After Errc::full or Errc::io
  /// the same batch may be tried again.
  void commit(Batch& batch);

  /// Commits several batches in one transaction (group commit).
  void commit(std::vector<Batch>& batches);

  std::int64_t epoch() const;
  std::vector<Position> positions() const;
  /// Every object that has not ended, and snapshots that wait for their outcome.
  void for_each_open_record(const std::function<void(objects::ObjectRecord)>& visit) const;
  void for_each_row(const Query& query, const std::function<void(const objects::Row&)>& visit) const;
  /// Records of all objects that have not ended, and, if asked, of those that have.
  void for_each_record(bool ended_too, const std::function<void(const objects::ObjectRecord&)>& visit) const;
  /// Of every finding that a query selects, its newest row.
  void for_each_open_finding(const FindingQuery& query, const std::function<void(const objects::Row&)>& visit) const;
  /// How many a query selects, by category; `first` does not matter.
  std::map<std::string, std::uint64_t> count_open_findings(const FindingQuery& query) const;
  /// Kubernetes Events about these objects, by when they were last said.
  std::vector<objects::EventRecord> events_about(const std::vector<objects::Uid>& objects) const;
  /// The number of the last change of an Event; 0: there was none.
  std::int64_t last_event() const;
  /// Events that were changed behind that number, as they were said last, in the order of these changes; at most `first`.
  void for_each_event(std::int64_t after, std::size_t first,
                      const std::function<void(const objects::EventRecord&)>& visit) const;
  /// The records that a query selects, in the order in which the objects were first seen. `position` rises; it is the record's
  /// own as long as the file is not rewritten (VACUUM).
  void for_each_record(const RecordQuery& query,
                       const std::function<void(const objects::ObjectRecord&, std::int64_t position)>& visit) const;
  /// The part of what a query selects that `skip` and `first` name, by when the state began, the latest first; returns how many
  /// there are in all.
  std::size_t page_of_records(const RecordQuery& query,
                              const std::function<void(const objects::ObjectRecord&)>& visit) const;
  /// What a query selects, counted by kind, namespace, driver and state, in that order.
  std::vector<RecordGroup> group_records(const RecordQuery& query) const;
  /// When each object of that kind was first seen to be ready; without one where no row tells, as of what was ready at first sight.
  std::unordered_map<objects::Uid, objects::Instant> ready_times(objects::Kind kind) const;
  /// The end of the last window of at least `least` up to that moment in which changes of a resource may have been missed, among the
  /// newest 50,000 rows of then. None: there was none.
  objects::MaybeInstant last_gap(std::string_view resource, objects::Millis least, objects::Instant until) const;
  /// In the order in which they were recorded first, those that are gone too.
  void for_each_operation(const OperationQuery& query,
                          const std::function<void(const objects::Operation&)>& visit) const;
  /// When the file was made: with the cluster's name it tells one ledger from another. RFC 3339.
  std::string created_at() const;
  std::int64_t last_seq() const;
  /// Of a ledger that is only read; the writer's own commits change nothing here.
  Version version() const;
  /// When the first and the last of the rows that are kept were observed; none without rows.
  std::optional<std::pair<objects::Instant, objects::Instant>> span() const;
  /// Nothing has ever been recorded in it.
  bool is_new() const;
  /// Name of the cluster that the rows are of; empty before the first one.
  std::string cluster() const;

  /// From now on a query that is running when `expired` says true ends with Errc::timed_out. Asked often, in the thread of the query.
  void limit_queries(std::function<bool()> expired);

  /// Deletes what is older than the retention allows, at most `max_rows` a call; returns how many. Kept whatever their age: the
  /// rows and the record of objects that have not ended, operations that are not gone, the newest row of each finding that
  /// has not ended, and of each (driver, handle) that is not known to be destroyed one row (the last), and one of each content
  /// that had it.
  std::size_t retain(const Retention& retention, objects::Instant now, std::size_t max_rows);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::ledger
