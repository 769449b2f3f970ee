#include "objects/initiator.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "objects/row.hpp"

using namespace snaptrail::objects;

namespace {

Initiator marked(std::string_view key, std::string value, std::string_view name = "s") {
  InitiatorMarks marks;
  const auto* rule = std::ranges::find(kInitiatorRules, key, &InitiatorRule::key);
  REQUIRE(rule != kInitiatorRules.end());
  marks.at(static_cast<std::size_t>(rule - kInitiatorRules.begin())) = std::move(value);
  return initiator_of(name, marks);
}

std::string json(const Initiator& initiator) {
  Row row;
  row.initiator = initiator;
  const std::string text = to_json(row);
  const auto begin = text.find("\"initiator\":") + 12;
  return text.substr(begin, text.find('}', begin) + 1 - begin);
}

constexpr std::string_view kUid = "6a1f0f3e-0000-4000-8000-000000000001";

}  // namespace

TEST_CASE("each mark names its tool, and whether a backup or a restore was asked for", "[initiator]") {
  CHECK(marked("snapscheduler.backube/schedule", "hourly") == Initiator{"snapscheduler", "hourly", ""});
  CHECK(marked("gemini.fairwinds.com/group", "postgres") == Initiator{"gemini", "postgres", ""});
  CHECK(marked("cnpg.io/backupName", "daily-20260924") == Initiator{"cnpg", "daily-20260924", ""});
  CHECK(marked("restore.kubevirt.io/name", "back") == Initiator{"kubevirt", "", "back"});
  CHECK(marked("ReplicationSource", "db") == Initiator{"volsync", "db", ""});
  CHECK(marked("ReplicationDestination", "db-dst") == Initiator{"volsync", "", "db-dst"});
  CHECK(marked("k10.kasten.io/appNamespace", "shop") == Initiator{"k10", "shop", ""});
  CHECK(marked("VirtualMachineSnapshotContent", "vmsnapshot-content-" + std::string(kUid)) ==
        Initiator{"kubevirt", std::string(kUid), ""});
}

TEST_CASE("K10 and KubeVirt are known by the names that they give, in full", "[initiator]") {
  CHECK(initiator_of("k10-csi-snap-64wf4nvrq5vdnqjj", {}) == Initiator{"k10", "", ""});
  CHECK(initiator_of("vmsnapshot-" + std::string(kUid) + "-volume-disk1", {}) ==
        Initiator{"kubevirt", std::string(kUid), ""});
  for (const char* other : {"", "k10-csi", "my-k10-csi-snap-1", "vmsnapshot-daily-volume-disk1", "vmsnapshot-",
                            "vmsnapshot-6a1f0f3e-0000-4000-8000-000000000001-disk1"}) {
    INFO(other);
    CHECK(initiator_of(other, {}).type.empty());
  }
}

TEST_CASE("an initiator's names have its own terms in JSON", "[initiator]") {
  CHECK(json({"velero", "full", ""}) == R"({"type":"velero","backup":"full","restore":null})");
  CHECK(json({"snapscheduler", "hourly", ""}) == R"({"type":"snapscheduler","schedule":"hourly"})");
  CHECK(json({"kubevirt", "", "back"}) == R"({"type":"kubevirt","snapshot":null,"restore":"back"})");
  CHECK(json({"volsync", "", "db"}) == R"({"type":"volsync","source":null,"destination":"db"})");
  CHECK(json({"k10", "", ""}) == R"({"type":"k10","application":null})");
  CHECK(json({"of a later version", "x", ""}) == R"({"type":"of a later version","backup":"x","restore":null})");
}
