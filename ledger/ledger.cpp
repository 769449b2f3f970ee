#include "ledger/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>

#include "ledger/codec.hpp"
#include "ledger/event_table.hpp"
#include "ledger/file_lock.hpp"
#include "ledger/open.hpp"
#include "ledger/pruner.hpp"
#include "ledger/query.hpp"
#include "ledger/sqlite.hpp"

namespace snaptrail::ledger {
namespace {

constexpr std::string_view kUpsertMeta =
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
constexpr std::string_view kUpsertPosition =
    "INSERT INTO positions (target, resource_version, at) VALUES (?, ?, ?) "
    "ON CONFLICT (target) DO UPDATE SET resource_version = excluded.resource_version, at = excluded.at";

// meta's last_seq remembers what retention may have deleted; a number is never given twice.
std::int64_t last_seq_of(const Database& db) {
  return std::max(db.number("SELECT max(seq) FROM rows"), db.number("SELECT value FROM meta WHERE key = 'last_seq'"));
}

/// The numbers that a transaction gives, to be handed to its batches once it is committed.
struct Given {
  std::int64_t seq = 0;
  std::int64_t event = 0;
  std::vector<std::int64_t> changes;  ///< of each Event in turn; 0: it told nothing new
};

// What only the one writer has.
struct Writing {
  explicit Writing(const Database& database)
      : db(database),
        insert_row(db, insert_row_sql()),
        upsert_record(db, upsert_record_sql()),
        upsert_operation(db, upsert_operation_sql()),
        upsert_position(db, kUpsertPosition),
        upsert_meta(db, kUpsertMeta),
        events(db),
        pruner(db) {}

  void insert(const Batch& batch, Given& given) {
    for (const auto& row : batch.rows) {
      bind_row(insert_row, row, ++given.seq);
      insert_row.run();
    }
    for (const auto& record : batch.records) {
      bind_record(upsert_record, record);
      upsert_record.run();
    }
    for (const auto& event : batch.events) {
      const bool is_new = events.put(event, given.event + 1);
      given.changes.push_back(is_new ? ++given.event : 0);
    }
    for (const auto& operation : batch.operations) {
      bind_operation(upsert_operation, operation);
      upsert_operation.run();
    }
    for (const auto& position : batch.positions) {
      upsert_position.text(position.target).text_or_null(position.resource_version).instant(position.at).run();
    }
    if (batch.epoch) upsert_meta.text("epoch").integer(*batch.epoch).run();
  }

  const Database& db;
  Statement insert_row, upsert_record, upsert_operation, upsert_position, upsert_meta;
  EventTable events;
  Pruner pruner;
  std::string cluster;  // as meta has it
};

const objects::Row* first_row(const std::vector<Batch>& batches) {
  const auto found = std::ranges::find_if(batches, [](const Batch& batch) { return !batch.rows.empty(); });
  return found == batches.end() ? nullptr : &found->rows.front();
}

}  // namespace

struct Ledger::Impl {
  Impl(const std::filesystem::path& path, Mode mode) : file(resolve(path)) {
    if (mode == Mode::ReadOnly) {
      db = open_for_reading(file);
      return;
    }
    lock = std::make_unique<FileLock>(file);
    db = open_for_writing(file);
    writing = std::make_unique<Writing>(*db);
    writing->cluster = db->text("SELECT value FROM meta WHERE key = 'cluster'");
  }

  Writing& writer() const {
    if (!writing) {
      throw Error(Errc::io, fmt::format("ledger {}: opened for reading only: nothing can be written", file.string()));
    }
    if (db->moved()) {
      throw Error(Errc::io,
                  fmt::format("ledger {}: the file was moved or deleted while in use: put it back, or restart "
                              "to begin a new one",
                              file.string()));
    }
    return *writing;
  }

  template <class Visit>
  void for_each_record(std::string_view where, const Visit& visit) const {
    Statement select(*db, fmt::format("SELECT {} FROM objects WHERE {} ORDER BY uid", record_columns(), where));
    while (select.step()) visit(read_record(select));
  }

  static std::uint64_t next_connection() {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
  }

  const std::uint64_t connection = next_connection();
  std::filesystem::path file;
  std::unique_ptr<FileLock> lock;  // outlives the connection
  std::unique_ptr<Database> db;
  std::unique_ptr<Writing> writing;
};

Ledger::Ledger(const std::filesystem::path& path, Mode mode) : impl_(std::make_unique<Impl>(path, mode)) {}
Ledger::~Ledger() = default;
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;

void Ledger::commit(Batch& batch) {
  std::vector<Batch> batches;
  batches.push_back(std::move(batch));
  try {
    commit(batches);
  } catch (...) {
    batch = std::move(batches.front());
    throw;
  }
  batch = std::move(batches.front());
}

void Ledger::commit(std::vector<Batch>& batches) {
  if (std::ranges::all_of(batches, [](const Batch& batch) { return batch.empty(); })) return;
  auto& writing = impl_->writer();
  Transaction transaction(*impl_->db);
  const bool has_events = std::ranges::any_of(batches, [](const Batch& batch) { return !batch.events.empty(); });
  const Given before{last_seq_of(*impl_->db), has_events ? last_event_of(*impl_->db) : 0, {}};
  Given given = before;
  for (const auto& batch : batches) writing.insert(batch, given);
  if (given.seq != before.seq) writing.upsert_meta.text("last_seq").integer(given.seq).run();
  if (given.event != before.event) writing.upsert_meta.text("last_event").integer(given.event).run();
  const auto* first = first_row(batches);
  const auto cluster = first != nullptr ? first->cluster : std::string();
  const bool names_cluster = !cluster.empty() && cluster != writing.cluster;
  if (names_cluster) writing.upsert_meta.text("cluster").text(cluster).run();
  transaction.commit();
  // Only now: a failed commit leaves the batches as they were.
  if (names_cluster) writing.cluster = cluster;
  auto seq = before.seq;
  auto change = given.changes.begin();
  for (auto& batch : batches) {
    for (auto& row : batch.rows) row.seq = ++seq;
    for (auto& event : batch.events) event.change = *change++;
  }
}

std::int64_t Ledger::epoch() const {
  return std::max<std::int64_t>(1, impl_->db->number("SELECT value FROM meta WHERE key = 'epoch'"));
}

std::vector<Position> Ledger::positions() const {
  Statement select(*impl_->db, "SELECT target, resource_version, at FROM positions ORDER BY target");
  std::vector<Position> positions;
  while (select.step()) {
    auto& position = positions.emplace_back();
    position.target = select.read_text();
    position.resource_version = select.read_text();
    position.at = select.read_instant();
  }
  return positions;
}

void Ledger::for_each_open_record(const std::function<void(objects::ObjectRecord)>& visit) const {
  impl_->for_each_record("state <> 'Deleted' OR outcome_pending <> 0", visit);
}

void Ledger::for_each_row(const Query& query, const std::function<void(const objects::Row&)>& visit) const {
  select_rows(*impl_->db, query, visit);
}

void Ledger::for_each_record(bool ended_too, const std::function<void(const objects::ObjectRecord&)>& visit) const {
  impl_->for_each_record(ended_too ? "1" : "state <> 'Deleted'", visit);
}

void Ledger::for_each_open_finding(const FindingQuery& query,
                                   const std::function<void(const objects::Row&)>& visit) const {
  select_findings(*impl_->db, query, visit);
}

std::map<std::string, std::uint64_t> Ledger::count_open_findings(const FindingQuery& query) const {
  return count_findings(*impl_->db, query);
}

std::vector<objects::EventRecord> Ledger::events_about(const std::vector<objects::Uid>& objects) const {
  return select_events(*impl_->db, objects);
}

std::int64_t Ledger::last_event() const { return last_event_of(*impl_->db); }

void Ledger::for_each_event(std::int64_t after, std::size_t first,
                            const std::function<void(const objects::EventRecord&)>& visit) const {
  select_event_changes(*impl_->db, after, first, visit);
}

void Ledger::for_each_record(
    const RecordQuery& query,
    const std::function<void(const objects::ObjectRecord&, std::int64_t position)>& visit) const {
  select_records(*impl_->db, query, visit);
}

std::size_t Ledger::page_of_records(const RecordQuery& query,
                                    const std::function<void(const objects::ObjectRecord&)>& visit) const {
  return select_page(*impl_->db, query, visit);
}

std::vector<RecordGroup> Ledger::group_records(const RecordQuery& query) const {
  return ledger::group_records(*impl_->db, query);
}

std::unordered_map<objects::Uid, objects::Instant> Ledger::ready_times(objects::Kind kind) const {
  return select_ready_times(*impl_->db, kind);
}

objects::MaybeInstant Ledger::last_gap(std::string_view resource, objects::Millis least, objects::Instant until) const {
  return select_last_gap(*impl_->db, resource, least, until);
}

void Ledger::for_each_operation(const OperationQuery& query,
                                const std::function<void(const objects::Operation&)>& visit) const {
  select_operations(*impl_->db, query, visit);
}

std::string Ledger::created_at() const { return impl_->db->text("SELECT value FROM meta WHERE key = 'created_at'"); }

std::int64_t Ledger::last_seq() const { return last_seq_of(*impl_->db); }

Version Ledger::version() const { return {impl_->connection, impl_->db->number("PRAGMA data_version")}; }

std::optional<std::pair<objects::Instant, objects::Instant>> Ledger::span() const {
  Statement select(*impl_->db, "SELECT (SELECT min(at) FROM rows), (SELECT max(at) FROM rows)");
  if (!select.step() || select.is_null()) return std::nullopt;
  const auto first = select.read_instant();
  return std::pair(first, select.read_instant());
}

bool Ledger::is_new() const {
  return last_seq() == 0 && impl_->db->number(
                                "SELECT (SELECT count(*) FROM positions) + (SELECT count(*) FROM objects) +"
                                " (SELECT count(*) FROM operations)") == 0;
}

std::string Ledger::cluster() const { return impl_->db->text("SELECT value FROM meta WHERE key = 'cluster'"); }

void Ledger::limit_queries(std::function<bool()> expired) { impl_->db->interrupt_when(std::move(expired)); }

std::size_t Ledger::retain(const Retention& retention, objects::Instant now, std::size_t max_rows) {
  if (retention.rows.count() == 0 || max_rows == 0) return 0;
  auto& writing = impl_->writer();
  const auto cutoff = now - retention.rows;
  writing.events.prune(cutoff, max_rows);
  return writing.pruner.slice(cutoff, max_rows);
}

}  // namespace snaptrail::ledger
