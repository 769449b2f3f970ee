#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <tuple>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;

namespace {

const std::string kHostile("'; DROP TABLE rows; --\"\0\x01\xff\xc3(\xed\xa0\x80 \xe2\x80\xae?1 \xf0\x9f\x92\xbe", 40);

objects::Row full_row() {
  auto full = row(1);
  full.epoch = 3;
  full.api_time = at(-906);
  full.outcome = objects::Outcome::Destroyed;
  full.ready = objects::ReadyChange{objects::Ready::Nil, objects::Ready::False};
  full.reason = "DriverMissing";
  full.message = kHostile;
  full.actor = "snapshot-controller";
  full.cause = objects::Cause{objects::Kind::VolumeSnapshotContent, uid(2), "77"};
  full.chain = uid(1).str();
  full.content = "snapcontent-1";
  full.claim_uid = uid(3);
  full.policy = objects::DeletionPolicy::Retain;
  full.driver = "hostpath.csi.k8s.io";
  full.snapshot_handle = "snap-0abc";
  full.volume_handle = "vol-0abc";
  full.initiator = objects::Initiator{"velero", "nightly", "restore-1"};
  full.late = true;
  full.fact = objects::Fact{objects::FactType::HandleCleared, "snap-0abc", ""};
  full.gap = objects::Gap{"volumesnapshots", at(1), at(2), "10", "20", objects::GapCause::Rewound};
  full.finding =
      objects::FindingNote{objects::FindingEvent::Changed, "stuck", "warning", at(3), true, R"({"fix":null})"};
  return full;
}

auto fields(const objects::ObjectRecord& r) {
  return std::tuple(
      std::tie(r.kind, r.uid, r.ns, r.name, r.state, r.ready, r.resource_version, r.first_seen, r.since, r.was_ready,
               r.policy, r.driver, r.class_name, r.snapshot_handle, r.handle_cleared, r.being_created),
      std::tie(r.pre_provisioned, r.volume_handle, r.content, r.content_uid, r.snapshot_uid, r.claim_uid, r.chain,
               r.initiator, r.error, r.finalizers, r.cut, r.outcome, r.outcome_pending, r.restore_size));
}

objects::ObjectRecord full_record() {
  auto full = record(1, objects::State::Uploading);
  full.kind = objects::Kind::VolumeSnapshotContent;
  full.ready = objects::Ready::False;
  full.resource_version = "9";
  full.since = at(50);
  full.was_ready = full.handle_cleared = full.being_created = full.pre_provisioned = true;
  full.policy = objects::DeletionPolicy::Delete;
  full.driver = "d";
  full.class_name = "c";
  full.snapshot_handle = "h";
  full.volume_handle = "v";
  full.content = "n";
  full.content_uid = uid(4);
  full.snapshot_uid = uid(5);
  full.claim_uid = uid(6);
  full.chain = "8F6F5B0A-2F1B-5A53-9D52-3D6D7B1C4E10";
  full.initiator = objects::Initiator{"velero", "", "r"};
  full.error = kHostile;
  full.finalizers = "a,b";
  full.cut = at(7);
  full.outcome = objects::Outcome::Leaked;
  full.outcome_pending = true;
  full.restore_size = 1LL << 40;
  return full;
}

objects::Operation full_operation() {
  objects::Operation full;
  full.kind = objects::Kind::DataUpload;
  full.uid = uid(1);
  for (auto* text : {&full.ns, &full.name, &full.phase, &full.backup, &full.restore, &full.schedule, &full.requested_by,
                     &full.claim_ns, &full.claim, &full.snapshot, &full.driver, &full.copy, &full.message}) {
    *text = kHostile;
  }
  full.claim_uid = uid(2);
  full.created = at(1);
  full.started = at(2);
  full.completed = at(3);
  full.expires = at(4);
  full.being_deleted = true;
  full.gone = at(5);
  full.end = objects::OperationEnd::Expired;
  return full;
}

std::vector<objects::Operation> operations_of(const Ledger& ledger, const OperationQuery& query = {}) {
  std::vector<objects::Operation> operations;
  ledger.for_each_operation(query, [&](const objects::Operation& one) { operations.push_back(one); });
  return operations;
}

}  // namespace

TEST_CASE("a row comes back with every field as it was", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto full = batch_of({full_row(), objects::Row()});
  ledger.commit(full);
  const auto rows = rows_of(ledger);
  REQUIRE(rows.size() == 2);
  CHECK(to_json(rows[0]) == to_json(full.rows[0]));
  CHECK(to_json(rows[1]) == to_json(full.rows[1]));
  // JSON can't show these bytes.
  CHECK(rows[0].message == kHostile);
}

TEST_CASE("hostile bytes in every string of a row are data, not SQL", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto hostile = full_row();
  for (auto* text : {&hostile.cluster, &hostile.ns, &hostile.name, &hostile.reason, &hostile.message,
                     &hostile.resource_version, &hostile.actor, &hostile.chain, &hostile.content, &hostile.driver,
                     &hostile.snapshot_handle, &hostile.volume_handle, &hostile.initiator->backup,
                     &hostile.initiator->restore, &hostile.fact->from, &hostile.gap->resource}) {
    *text = kHostile;
  }
  auto batch = batch_of({hostile});
  ledger.commit(batch);
  for (auto query : {Query{.ns = kHostile}, Query{.name = kHostile}, Query{.handle = kHostile},
                     Query{.backup = kHostile}, Query{.restore = kHostile}, Query{.chain = kHostile}}) {
    const auto rows = rows_of(ledger, query);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].ns == kHostile);
    CHECK(rows[0].chain == kHostile);
    CHECK(rows[0].gap->resource == kHostile);
    CHECK(rows[0].initiator->restore == kHostile);
  }
}

TEST_CASE("a chain comes back byte by byte, whether it is a UID or only looks like one", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  for (const std::string chain : {"8f6f5b0a-2f1b-5a53-9d52-3d6d7b1c4e10", "8F6F5B0A-2F1B-5A53-9D52-3D6D7B1C4E10",
                                  "00000000-0000-0000-0000-000000000000", "sixteen bytes...", ""}) {
    CAPTURE(chain);
    auto with_chain = row(1);
    with_chain.chain = chain;
    auto batch = batch_of({with_chain});
    ledger.commit(batch);
    CHECK(rows_of(ledger).back().chain == chain);
    if (!chain.empty()) CHECK(rows_of(ledger, {.chain = chain}).size() == 1);
  }
}

TEST_CASE("a record comes back with every field as it was and is replaced by its UID", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  Batch batch;
  batch.records = {record(1, objects::State::Pending)};
  ledger.commit(batch);
  batch.records = {full_record()};
  ledger.commit(batch);
  const auto records = records_of(ledger, true);
  REQUIRE(records.size() == 1);
  CHECK(fields(records[0]) == fields(full_record()));
}

TEST_CASE("ended objects are left out unless asked for, and one that waits for its outcome is open", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto waiting = record(3, objects::State::Deleted);
  waiting.outcome_pending = true;
  Batch batch;
  batch.records = {record(1, objects::State::Ready), record(2, objects::State::Deleted), waiting};
  ledger.commit(batch);
  CHECK(records_of(ledger, true).size() == 3);
  CHECK(records_of(ledger, false).size() == 1);
  std::vector<objects::Uid> open_ones;
  ledger.for_each_open_record([&](const objects::ObjectRecord& record) { open_ones.push_back(record.uid); });
  CHECK(open_ones == std::vector{uid(1), uid(3)});
}

TEST_CASE("positions and the epoch are there after a restart", "[ledger]") {
  TempDir dir;
  {
    auto ledger = open(dir.file());
    CHECK(ledger.epoch() == 1);
    CHECK(ledger.last_seq() == 0);
    Batch batch;
    batch.positions = {{"volumesnapshots", "10", at(1)}, {"events", "", at(2)}};
    batch.epoch = 2;
    ledger.commit(batch);
    batch = {};
    batch.positions = {{"volumesnapshots", "11", at(3)}};
    ledger.commit(batch);
  }
  auto ledger = open(dir.file());
  CHECK(ledger.epoch() == 2);
  const auto positions = ledger.positions();
  REQUIRE(positions.size() == 2);
  CHECK(positions[0].target == "events");
  CHECK(positions[0].resource_version.empty());
  CHECK(positions[1].target == "volumesnapshots");
  CHECK(positions[1].resource_version == "11");
  CHECK(positions[1].at == at(3));
}

TEST_CASE("rows are numbered from 1 without holes, over groups and restarts", "[ledger]") {
  TempDir dir;
  {
    auto ledger = open(dir.file());
    std::vector<Batch> group;
    group.push_back(batch_of({row(1), row(2)}));
    group.push_back({});
    group.push_back(batch_of({row(3)}));
    ledger.commit(group);
    CHECK(group[0].rows[1].seq == 2);
    CHECK(group[2].rows[0].seq == 3);
  }
  auto ledger = open(dir.file());
  auto batch = batch_of({row(4)});
  ledger.commit(batch);
  CHECK(batch.rows[0].seq == 4);
  CHECK(ledger.last_seq() == 4);
  CHECK(seqs_of(ledger) == std::vector<std::int64_t>{1, 2, 3, 4});
}

TEST_CASE("only the file's owner may read a new ledger", "[ledger]") {
  TempDir dir;
  const auto old = ::umask(0);
  auto ledger = open(dir.file());
  ::umask(old);
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat status {};
    REQUIRE(::stat((dir.file().string() + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
}

TEST_CASE("the view trail shows texts to a person with the sqlite3 shell", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto batch = batch_of({full_row()});
  ledger.commit(batch);
  const auto shown = [&](const std::string& column) { return sql(dir.file(), "SELECT " + column + " FROM trail"); };
  CHECK(shown("uid") == uid(1).str());
  CHECK(shown("chain") == uid(1).str());
  CHECK(shown("claim_uid") == uid(3).str());
  CHECK(shown("cause_uid") == uid(2).str());
  CHECK(shown("at") == objects::format_rfc3339(at(1)));
  CHECK(shown("gap_until") == objects::format_rfc3339(at(2)));
  CHECK(shown("to_state || ' ' || kind || ' ' || outcome") == "Ready VolumeSnapshot Destroyed");
  CHECK(sql(dir.file(), "SELECT value FROM meta WHERE key = 'cluster'") == "prod");
}

TEST_CASE("a reader sees what is committed while the writer goes on", "[ledger]") {
  TempDir dir;
  auto writer = open(dir.file());
  auto batch = batch_of({row(1), row(2)});
  writer.commit(batch);
  const auto reader = open_reader(dir.file());
  std::size_t seen = 0;
  reader.for_each_row({}, [&](const objects::Row&) {
    // In the middle of the reader's statement: it keeps to its snapshot.
    auto more = batch_of({row(3)});
    writer.commit(more);
    ++seen;
  });
  CHECK(seen == 2);
  CHECK(rows_of(reader).size() == 4);
  CHECK(reader.last_seq() == 4);
}

TEST_CASE("a visitor that throws leaves the ledger usable", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto batch = batch_of({row(1), row(2)});
  ledger.commit(batch);
  CHECK_THROWS_AS(ledger.for_each_row({}, [](const objects::Row&) { throw std::runtime_error("enough"); }),
                  std::runtime_error);
  ledger.commit(batch);
  CHECK(rows_of(ledger).size() == 4);
}

TEST_CASE("an operation comes back with every field as it was, and replaces what was known of it", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  Batch batch;
  objects::Operation bare;
  bare.uid = uid(1);
  batch.operations = {bare};
  ledger.commit(batch);
  CHECK(operations_of(ledger) == std::vector{bare});
  CHECK_FALSE(ledger.is_new());
  batch.operations = {full_operation()};
  ledger.commit(batch);
  CHECK(operations_of(open_reader(dir.file())) == std::vector{full_operation()});
}

TEST_CASE("operations are found by the Backup and by the Restore that they belong to", "[ledger]") {
  TempDir dir;
  auto ledger = open(dir.file());
  Batch batch;
  for (int i = 1; i <= 3; ++i) {
    objects::Operation one;
    one.uid = uid(i);
    one.name = std::to_string(i);
    one.backup = i == 3 ? "other" : "nightly";
    if (i > 1) one.restore = "back";
    batch.operations.push_back(one);
  }
  ledger.commit(batch);
  const auto names = [&](const OperationQuery& query) {
    std::string text;
    for (const auto& one : operations_of(ledger, query)) text += one.name;
    return text;
  };
  CHECK(names({.backup = "nightly"}) == "12");
  CHECK(names({.restore = "back"}) == "23");
  CHECK(names({.backup = "nightly", .restore = "back"}) == "2");
  CHECK(names({.backup = "none"}).empty());
}
