#include "informers/audit.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

#include "objects/types.hpp"
#include "reflector_harness.hpp"

using namespace snaptrail::informers;
using namespace snaptrail::informers::test;
using snaptrail::objects::Uid;
using snaptrail::objects::VolumeSnapshot;
using Snapshots = Store<VolumeSnapshot>;

namespace {

Uid uid(int n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = static_cast<std::uint8_t>(n);
  return Uid::from_bytes(bytes);
}

VolumeSnapshot snapshot(int n, const std::string& version, const std::string& ns = "app") {
  VolumeSnapshot snapshot;
  snapshot.meta.uid = uid(n);
  snapshot.meta.ns = ns;
  snapshot.meta.name = "s" + std::to_string(n);
  snapshot.meta.resource_version = version;
  return snapshot;
}

AuditList list_of(const std::string& version, std::vector<AuditList::Item> items) {
  AuditList list{version, std::move(items)};
  list.sort();
  return list;
}

struct Audit {
  Snapshots store{};
  AuditList list;
  std::string before = "100", now = "100";
  AuditPart part{};

  AuditDifferences found() const { return differences(list, store, part); }
  AuditVerdict verdict() const { return judge(list, found(), before, now); }
};

}  // namespace

TEST_CASE("a store that holds what the list names is consistent, however far its stream has come", "[audit]") {
  Audit a{.list = list_of("120", {{uid(2), "90"}, {uid(1), "80"}})};
  a.store.upsert(snapshot(1, "80"));
  a.store.upsert(snapshot(2, "90"));
  CHECK(a.found().count == 0);
  CHECK(a.verdict() == AuditVerdict::Consistent);
}

TEST_CASE("what came, changed or ended after the list is no difference", "[audit]") {
  Audit a{.list = list_of("100", {{uid(1), "80"}, {uid(2), "90"}}), .now = "150"};
  a.store.upsert(snapshot(1, "140"));
  a.store.upsert(snapshot(2, "90"));
  a.store.remove(uid(2), "150");
  a.store.upsert(snapshot(3, "130"));
  CHECK(a.verdict() == AuditVerdict::Consistent);
}

TEST_CASE("what the stream has not brought yet is waited for, and after that it is missing", "[audit]") {
  Audit a{.list = list_of("120", {{uid(1), "110"}})};
  SECTION("an object") {}
  SECTION("a change") { a.store.upsert(snapshot(1, "80")); }
  SECTION("an end") {
    a.list.items.clear();
    a.store.upsert(snapshot(1, "80"));
  }
  SECTION("an object that had ended before the list, as far as is known") {
    a.store.upsert(snapshot(1, "80"));
    a.store.remove(uid(1), "90");
  }
  CHECK(a.found().count == 1);
  CHECK(a.found().told.front().find(uid(1).str()) == 0);
  CHECK(a.verdict() == AuditVerdict::Early);
  for (const char* reached : {"120", "121"}) {
    a.now = reached;
    CHECK(a.verdict() == AuditVerdict::Inconsistent);
  }
}

TEST_CASE("a list older than what was delivered before it is of a history that went back", "[audit]") {
  const Audit a{.list = list_of("99", {})};
  CHECK(a.verdict() == AuditVerdict::Rewound);
}

TEST_CASE(
    "an object that the list shows in an older version than it had before the list is of a history that went back",
    "[audit]") {
  // The server was restored at 70 and has come past us, to 120, before anybody asked.
  Audit a{.list = list_of("120", {{uid(1), "60"}})};
  a.store.upsert(snapshot(1, "95"));
  CHECK(a.found().rewound);
  CHECK(a.verdict() == AuditVerdict::Rewound);
}

TEST_CASE("an audit of one namespace leaves what is in others alone", "[audit]") {
  Audit a{.list = list_of("100", {{uid(1), "80"}}), .part = {.ns = "app"}};
  a.store.upsert(snapshot(1, "80"));
  a.store.upsert(snapshot(2, "70", "other"));
  CHECK(a.verdict() == AuditVerdict::Consistent);
}

TEST_CASE("what a store takes only a part of is audited by what it holds", "[audit]") {
  Audit a{.list = list_of("100", {{uid(1), "80"}, {uid(2), "90"}}), .part = {.some = true}};
  a.store.upsert(snapshot(2, "90"));
  CHECK(a.verdict() == AuditVerdict::Consistent);
  a.store.upsert(snapshot(3, "70"));
  CHECK(a.verdict() == AuditVerdict::Inconsistent);
}

TEST_CASE("versions that can't be ordered decide nothing", "[audit]") {
  Audit a{.list = list_of("odd", {{uid(1), "80"}})};
  CHECK(a.verdict() == AuditVerdict::Undecided);
  a.store.upsert(snapshot(1, "80"));
  CHECK(a.verdict() == AuditVerdict::Consistent);
}

TEST_CASE("where more ended since the list than is remembered, a missing object decides nothing", "[audit]") {
  Audit a{.list = list_of("100", {{uid(1), "80"}}), .now = "9000"};
  for (std::size_t i = 0; i <= EndedUids::kLimit; ++i) {
    std::array<std::uint8_t, 16> bytes{1};
    bytes[14] = static_cast<std::uint8_t>(i >> 8);
    bytes[15] = static_cast<std::uint8_t>(i);
    a.store.remove(Uid::from_bytes(bytes), std::to_string(200 + i));
  }
  CHECK(a.found().undecided);
  CHECK(a.verdict() == AuditVerdict::Undecided);
}

TEST_CASE("an end that came late for its object is remembered as late when it is forgotten", "[audit]") {
  const auto other = [](std::size_t number) {
    std::array<std::uint8_t, 16> bytes{1};
    bytes[14] = static_cast<std::uint8_t>(number >> 8);
    bytes[15] = static_cast<std::uint8_t>(number);
    return Uid::from_bytes(bytes);
  };
  EndedUids ended;
  ended.note(uid(1), "50");
  ended.note(uid(1), "9000");
  CHECK(ended.ended_at(uid(1)) == "9000");
  for (std::size_t i = 0; i + 1 < EndedUids::kLimit; ++i) ended.note(other(i), std::to_string(100 + i));
  CHECK(ended.remembers_all_after("0"));
  ended.note(other(EndedUids::kLimit), "8000");
  CHECK(ended.ended_at(uid(1)).empty());
  CHECK_FALSE(ended.remembers_all_after("8999"));
  CHECK(ended.remembers_all_after("9000"));
  ended.clear();
  CHECK(ended.remembers_all_after("0"));
}

TEST_CASE("an audit looks at kinds that are kept packed and at others in the same way", "[audit]") {
  using snaptrail::objects::Backup;
  Store<Backup> backups;
  for (int n = 1; n <= 3; ++n) {
    Backup backup;
    backup.meta = snapshot(n, std::to_string(10 * n)).meta;
    backups.upsert(std::move(backup));
  }
  const AuditList list = list_of("100", {{uid(1), "10"}, {uid(2), "25"}, {uid(4), "40"}});
  Snapshots snapshots;
  for (int n = 1; n <= 3; ++n) snapshots.upsert(snapshot(n, std::to_string(10 * n)));
  const auto found = differences(list, backups, {});
  CHECK(found.count == 3);
  CHECK(found.told == differences(list, snapshots, {}).told);
}

TEST_CASE("of many differences the first few are told", "[audit]") {
  Audit a{.list = list_of("100", {})};
  for (int n = 1; n <= 9; ++n) a.store.upsert(snapshot(n, "50"));
  CHECK(a.found().count == 9);
  CHECK(a.found().told.size() == AuditDifferences::kTold);
}

TEST_CASE("a reflector that is not trusted lists in pages, with a gap since the last proven moment", "[reflector]") {
  const bool rewound = GENERATE(false, true);
  using snaptrail::objects::GapCause;
  Harness h({list("120", {object("a", "60")})});
  h.options.timings.stream_lists = true;
  h.stored = Position{"110", snaptrail::objects::Instant(std::chrono::hours(2))};
  h.distrust = Distrust{rewound ? GapCause::Rewound : GapCause::Disconnected,
                        Position{"50", snaptrail::objects::Instant(std::chrono::hours(1))}};
  h.run();
  REQUIRE(!h.asked.empty());
  CHECK(h.asked[0] == "list");
  if (rewound) {  // a new history, though its version is newer
    CHECK(h.intake.seen.front() == "gap rewound 50..120");
    CHECK(h.stats.relists[RelistCause::Rewound] == 1);
  } else {
    CHECK(h.intake.seen == std::vector<std::string>{"list_started", "listed a 60", "gap disconnected 50..120",
                                                    "list_finished 120", "synced"});
    CHECK(h.stats.relists[RelistCause::Audit] == 1);
  }
  CHECK(h.stats.synced_version == "120");
}
