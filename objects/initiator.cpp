#include "objects/initiator.hpp"

#include <algorithm>
#include <boost/container_hash/hash.hpp>

#include "objects/uid.hpp"

namespace snaptrail::objects {
namespace {

constexpr std::array<InitiatorTerms, 7> kTerms = {{
    {"velero", "backup", "restore"},
    {"snapscheduler", "schedule", ""},
    {"gemini", "group", ""},
    {"cnpg", "backup", ""},
    {"kubevirt", "snapshot", "restore"},
    {"volsync", "source", "destination"},
    {"k10", "application", ""},
}};

constexpr std::size_t kUidLength = 36;

/// KubeVirt's VirtualMachineSnapshot is known by its UID alone: `vmsnapshot-<uid>-volume-…`, `vmsnapshot-content-<uid>`.
std::string virtual_machine_snapshot(std::string_view name, std::string_view prefix, std::string_view behind) {
  if (!name.starts_with(prefix)) return {};
  const std::string_view uid = name.substr(prefix.size(), kUidLength);
  const bool is_one = Uid::parse(uid) && name.substr(prefix.size() + uid.size()).starts_with(behind);
  return is_one ? std::string(uid) : std::string();
}

}  // namespace

std::size_t hash_value(const Initiator& initiator) {
  std::size_t seed = 0;
  boost::hash_combine(seed, initiator.type);
  boost::hash_combine(seed, initiator.backup);
  boost::hash_combine(seed, initiator.restore);
  return seed;
}

InitiatorTerms initiator_terms(std::string_view type) {
  const auto* found = std::ranges::find(kTerms, type, &InitiatorTerms::type);
  return found == kTerms.end() ? kTerms.front() : *found;
}

Initiator initiator_of(std::string_view name, const InitiatorMarks& marks) {
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (marks.at(i).empty()) continue;
    const InitiatorRule& rule = kInitiatorRules.at(i);
    std::string value = marks.at(i);
    if (rule.key == "VirtualMachineSnapshotContent") {
      const std::string snapshot = virtual_machine_snapshot(value, "vmsnapshot-content-", "");
      if (!snapshot.empty()) value = snapshot;
    }
    Initiator initiator{std::string(rule.type), {}, {}};
    (rule.is_restore ? initiator.restore : initiator.backup) = std::move(value);
    return initiator;
  }
  if (name.starts_with("k10-csi-snap-")) return {"k10", {}, {}};
  std::string snapshot = virtual_machine_snapshot(name, "vmsnapshot-", "-volume-");
  if (!snapshot.empty()) return {"kubevirt", std::move(snapshot), {}};
  return {};
}

}  // namespace snaptrail::objects
