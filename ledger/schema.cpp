#include "ledger/schema.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "ledger/ledger.hpp"

namespace snaptrail::ledger {
namespace {

// UIDs are BLOBs of 16 bytes, times are milliseconds since 1970 (UTC), enumerations are the texts of docs/states.md, what does
// not apply is NULL. `chain` is 16 bytes where it is a UID (nearly always) and text otherwise. The view `trail`
// shows it all as text.
//
// Indexes are what a commit costs most, so: a row whose chain is its own uid is found through rows_uid, and the table of
// objects keeps them in the order of their first sight (a key of random uids would touch a page an object).
constexpr const char* kFirst = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE rows (
  seq INTEGER PRIMARY KEY,
  cluster TEXT, epoch INTEGER NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, api_time INTEGER,
  kind TEXT, namespace TEXT, name TEXT, uid BLOB,
  from_state TEXT, to_state TEXT, outcome TEXT, ready_from TEXT, ready_to TEXT,
  reason TEXT, message TEXT, resource_version TEXT, actor TEXT,
  cause_kind TEXT, cause_uid BLOB, cause_resource_version TEXT,
  chain BLOB, content TEXT, claim_uid BLOB,
  deletion_policy TEXT, driver TEXT, snapshot_handle TEXT, volume_handle TEXT,
  initiator_type TEXT, initiator_backup TEXT, initiator_restore TEXT, late INTEGER NOT NULL,
  fact_type TEXT, fact_from TEXT, fact_to TEXT,
  gap_resource TEXT, gap_since INTEGER, gap_until INTEGER,
  gap_first_resource_version TEXT, gap_last_resource_version TEXT, gap_cause TEXT
);
CREATE INDEX rows_at ON rows (at);
CREATE INDEX rows_uid ON rows (uid) WHERE uid IS NOT NULL;
CREATE INDEX rows_chain ON rows (chain) WHERE chain IS NOT uid;
CREATE INDEX rows_name ON rows (namespace, name) WHERE name IS NOT NULL;
CREATE INDEX rows_handle ON rows (snapshot_handle) WHERE snapshot_handle IS NOT NULL;
CREATE INDEX rows_backup ON rows (initiator_backup) WHERE initiator_backup IS NOT NULL;
CREATE INDEX rows_restore ON rows (initiator_restore) WHERE initiator_restore IS NOT NULL;

CREATE TABLE objects (
  uid BLOB PRIMARY KEY,
  kind TEXT NOT NULL, namespace TEXT, name TEXT, state TEXT NOT NULL, ready TEXT, resource_version TEXT,
  first_seen INTEGER NOT NULL, since INTEGER NOT NULL, was_ready INTEGER NOT NULL,
  deletion_policy TEXT, driver TEXT, class_name TEXT, snapshot_handle TEXT,
  handle_cleared INTEGER NOT NULL, being_created INTEGER NOT NULL, pre_provisioned INTEGER NOT NULL,
  volume_handle TEXT, content TEXT, content_uid BLOB, snapshot_uid BLOB, claim_uid BLOB, chain BLOB,
  initiator_type TEXT, initiator_backup TEXT, initiator_restore TEXT,
  error TEXT, finalizers TEXT, cut INTEGER, outcome TEXT, outcome_pending INTEGER NOT NULL
);
CREATE INDEX objects_ended ON objects (since) WHERE state = 'Deleted' AND outcome_pending = 0;

CREATE TABLE positions (target TEXT PRIMARY KEY, resource_version TEXT, at INTEGER NOT NULL) WITHOUT ROWID;

CREATE VIEW trail AS
WITH texts AS (
  SELECT *, lower(hex(uid)) AS u, lower(hex(claim_uid)) AS cl, lower(hex(cause_uid)) AS ca,
    CASE typeof(chain) WHEN 'blob' THEN lower(hex(chain)) END AS ch
  FROM rows)
SELECT seq, cluster, epoch, type,
  strftime('%Y-%m-%dT%H:%M:%S', at / 1000, 'unixepoch') || printf('.%03dZ', at % 1000) AS at,
  strftime('%Y-%m-%dT%H:%M:%SZ', api_time / 1000, 'unixepoch') AS api_time,
  kind, namespace, name,
  CASE WHEN uid IS NOT NULL THEN printf('%s-%s-%s-%s-%s',
    substr(u, 1, 8), substr(u, 9, 4), substr(u, 13, 4), substr(u, 17, 4), substr(u, 21)) END AS uid,
  from_state, to_state, outcome, ready_from, ready_to, reason, message, resource_version, actor,
  cause_kind,
  CASE WHEN cause_uid IS NOT NULL THEN printf('%s-%s-%s-%s-%s',
    substr(ca, 1, 8), substr(ca, 9, 4), substr(ca, 13, 4), substr(ca, 17, 4), substr(ca, 21)) END AS cause_uid,
  cause_resource_version,
  CASE typeof(chain) WHEN 'blob' THEN printf('%s-%s-%s-%s-%s',
    substr(ch, 1, 8), substr(ch, 9, 4), substr(ch, 13, 4), substr(ch, 17, 4), substr(ch, 21))
    ELSE chain END AS chain,
  content,
  CASE WHEN claim_uid IS NOT NULL THEN printf('%s-%s-%s-%s-%s',
    substr(cl, 1, 8), substr(cl, 9, 4), substr(cl, 13, 4), substr(cl, 17, 4), substr(cl, 21)) END AS claim_uid,
  deletion_policy, driver, snapshot_handle, volume_handle,
  initiator_type, initiator_backup, initiator_restore, late, fact_type, fact_from, fact_to,
  gap_resource,
  strftime('%Y-%m-%dT%H:%M:%S', gap_since / 1000, 'unixepoch') || printf('.%03dZ', gap_since % 1000) AS gap_since,
  strftime('%Y-%m-%dT%H:%M:%S', gap_until / 1000, 'unixepoch') || printf('.%03dZ', gap_until % 1000) AS gap_until,
  gap_first_resource_version, gap_last_resource_version, gap_cause
FROM texts;
)sql";

// Findings: what diagnosis said, and the index by which the ones that stand are found.
constexpr const char* kFindings = R"sql(
ALTER TABLE rows ADD COLUMN finding_event TEXT;
ALTER TABLE rows ADD COLUMN finding_category TEXT;
ALTER TABLE rows ADD COLUMN finding_severity TEXT;
ALTER TABLE rows ADD COLUMN finding_since INTEGER;
ALTER TABLE rows ADD COLUMN finding_baseline INTEGER;
ALTER TABLE rows ADD COLUMN finding_detail TEXT;
CREATE INDEX rows_finding ON rows (uid, reason) WHERE type = 'finding';

DROP VIEW trail;
CREATE VIEW trail AS
WITH texts AS (
  SELECT *, lower(hex(uid)) AS u, lower(hex(claim_uid)) AS cl, lower(hex(cause_uid)) AS ca,
    CASE typeof(chain) WHEN 'blob' THEN lower(hex(chain)) END AS ch
  FROM rows)
SELECT seq, cluster, epoch, type,
  strftime('%Y-%m-%dT%H:%M:%S', at / 1000, 'unixepoch') || printf('.%03dZ', at % 1000) AS at,
  strftime('%Y-%m-%dT%H:%M:%SZ', api_time / 1000, 'unixepoch') AS api_time,
  kind, namespace, name,
  CASE WHEN uid IS NOT NULL THEN printf('%s-%s-%s-%s-%s',
    substr(u, 1, 8), substr(u, 9, 4), substr(u, 13, 4), substr(u, 17, 4), substr(u, 21)) END AS uid,
  from_state, to_state, outcome, ready_from, ready_to, reason, message, resource_version, actor,
  cause_kind,
  CASE WHEN cause_uid IS NOT NULL THEN printf('%s-%s-%s-%s-%s',
    substr(ca, 1, 8), substr(ca, 9, 4), substr(ca, 13, 4), substr(ca, 17, 4), substr(ca, 21)) END AS cause_uid,
  cause_resource_version,
  CASE typeof(chain) WHEN 'blob' THEN printf('%s-%s-%s-%s-%s',
    substr(ch, 1, 8), substr(ch, 9, 4), substr(ch, 13, 4), substr(ch, 17, 4), substr(ch, 21))
    ELSE chain END AS chain,
  content,
  CASE WHEN claim_uid IS NOT NULL THEN printf('%s-%s-%s-%s-%s',
    substr(cl, 1, 8), substr(cl, 9, 4), substr(cl, 13, 4), substr(cl, 17, 4), substr(cl, 21)) END AS claim_uid,
  deletion_policy, driver, snapshot_handle, volume_handle,
  initiator_type, initiator_backup, initiator_restore, late, fact_type, fact_from, fact_to,
  gap_resource,
  strftime('%Y-%m-%dT%H:%M:%S', gap_since / 1000, 'unixepoch') || printf('.%03dZ', gap_since % 1000) AS gap_since,
  strftime('%Y-%m-%dT%H:%M:%S', gap_until / 1000, 'unixepoch') || printf('.%03dZ', gap_until % 1000) AS gap_until,
  gap_first_resource_version, gap_last_resource_version, gap_cause,
  finding_event, finding_category, finding_severity,
  strftime('%Y-%m-%dT%H:%M:%S', finding_since / 1000, 'unixepoch') || printf('.%03dZ', finding_since % 1000)
    AS finding_since,
  finding_baseline, finding_detail
FROM texts;
)sql";

// What an overview of many objects and the picture of one chain ask for: a list by when states began, counts in the order in which
// they are grouped (measured with 50,000: 20 ms, and 100 ms if they have to be sorted first), an object by its handle, a volume by
// its claim, and which findings stand, from the index alone (with 50,000 rows of findings half the time). The list's index has all
// that its condition names, so that the far end of the list is reached without reading what is skipped (30 ms, not 330).
// kHeadlines in record_query.cpp is the same condition.
constexpr const char* kOverview = R"sql(
DROP INDEX rows_finding;
CREATE INDEX rows_finding ON rows (uid, namespace, name, reason) WHERE type = 'finding';

CREATE INDEX objects_heads ON objects (since, state, kind, chain)
  WHERE (kind = 'VolumeSnapshot' OR kind = 'PersistentVolumeClaim' AND chain IS NOT NULL
    OR kind = 'VolumeSnapshotContent' AND state = 'Orphaned');
CREATE INDEX objects_groups ON objects (kind, namespace, driver, state, chain)
  WHERE (kind = 'VolumeSnapshot' OR kind = 'PersistentVolumeClaim' AND chain IS NOT NULL
    OR kind = 'VolumeSnapshotContent' AND state = 'Orphaned');
CREATE INDEX objects_handle ON objects (snapshot_handle) WHERE snapshot_handle IS NOT NULL;
CREATE INDEX objects_volume ON objects (claim_uid) WHERE kind = 'PersistentVolume';
)sql";

// Kubernetes Events about the objects, so that a story has them when the API server has long forgotten them (after an hour, by
// default).
constexpr const char* kEvents = R"sql(
CREATE TABLE events (
  uid BLOB PRIMARY KEY, kind TEXT NOT NULL, namespace TEXT, name TEXT, about BLOB NOT NULL,
  type TEXT NOT NULL, reason TEXT, message TEXT, count INTEGER NOT NULL,
  at INTEGER NOT NULL, first INTEGER, api_time INTEGER, late INTEGER NOT NULL
);
CREATE INDEX events_about ON events (about, at);
CREATE INDEX events_at ON events (at);
)sql";

// What is kept of Backups, Restores and copies of data, and the size of a content that nobody refers to any more.
constexpr const char* kOperations = R"sql(
CREATE TABLE operations (
  uid BLOB PRIMARY KEY,
  kind TEXT NOT NULL, namespace TEXT, name TEXT, phase TEXT, backup TEXT, restore TEXT, schedule TEXT, requested_by TEXT,
  claim_namespace TEXT, claim TEXT, claim_uid BLOB, snapshot TEXT, driver TEXT, copy TEXT, message TEXT,
  created INTEGER, started INTEGER, completed INTEGER, expires INTEGER,
  being_deleted INTEGER NOT NULL, gone INTEGER, gone_how TEXT
);
CREATE INDEX operations_backup ON operations (backup) WHERE backup IS NOT NULL;
CREATE INDEX operations_restore ON operations (restore) WHERE restore IS NOT NULL;
CREATE INDEX operations_gone ON operations (gone) WHERE gone IS NOT NULL;

ALTER TABLE objects ADD COLUMN restore_size INTEGER;
)sql";

// The number of an Event's last change, by which a stream goes on behind the last one that its client has got.
constexpr const char* kEventChanges = R"sql(
ALTER TABLE events ADD COLUMN change INTEGER;
CREATE INDEX events_change ON events (change) WHERE change IS NOT NULL;
)sql";

constexpr std::array kMigrations = {
    Migration{1, true, kFirst},   Migration{2, false, kFindings},   Migration{3, false, kOverview},
    Migration{4, false, kEvents}, Migration{5, false, kOperations}, Migration{6, false, kEventChanges},
};

std::int64_t meta_number(const Database& db, std::string_view key) {
  Statement read(db, "SELECT value FROM meta WHERE key = ?");
  read.text(key);
  return read.step() ? read.read_integer() : 0;
}

void apply(const Database& db, const Migration& step) {
  Transaction transaction(db);
  db.exec(step.sql);
  Statement meta(db,
                 "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  meta.text("schema_version").integer(step.version).run();
  if (step.breaking) meta.text("min_reader_version").integer(step.version).run();
  if (step.version == 1) {
    const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
    const auto text = objects::format_rfc3339(now);
    meta.text("created_by").text("snaptrail").run();
    meta.text("created_at").text(text).run();
    db.exec(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str());
  }
  db.exec(fmt::format("PRAGMA user_version = {}", step.version).c_str());
  transaction.commit();
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

SchemaVersions read_versions(const Database& db) {
  const auto application = db.number("PRAGMA application_id");
  const auto tables = db.number("SELECT count(*) FROM sqlite_master");
  // A crash between the file's creation and its first migration leaves an empty database.
  if (application == 0 && tables == 0) return {};
  if (application != kApplicationId) {
    throw Error(Errc::not_ours, fmt::format("ledger {}: this is the SQLite database of another program (application_id "
                                            "{:#x}, ours is {:#x}): choose another file",
                                            db.file().string(), application, kApplicationId));
  }
  return {static_cast<int>(meta_number(db, "schema_version")), static_cast<int>(meta_number(db, "min_reader_version"))};
}

void check_readable(const Database& db, const SchemaVersions& versions, std::span<const Migration> steps) {
  const int ours = steps.back().version;
  if (versions.min_reader > ours) {
    throw Error(
        Errc::newer_version,
        fmt::format("ledger {}: written by a newer snaptrail (schema version {}, readable from version {} on; this "
                    "program knows version {}): use a newer snaptrail, or another file",
                    db.file().string(), versions.schema, versions.min_reader, ours));
  }
}

void migrate(const Database& db, std::span<const Migration> steps) {
  const int at = read_versions(db).schema;
  for (const auto& step : steps) {
    if (step.version > at) apply(db, step);
  }
}

}  // namespace snaptrail::ledger
