#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "objects/interned.hpp"

/// Who asked for a snapshot or a restore, and the marks by which it is known (docs/states.md, "Initiators").
namespace snaptrail::objects {

/// `type` is "velero", "k10", "volsync", "snapscheduler", "gemini", "kubevirt" or "cnpg"; empty: unknown. What `backup` and
/// `restore` name depends on it (initiator_terms); both may be empty.
struct Initiator {
  std::string type;
  std::string backup;
  std::string restore;
  friend bool operator==(const Initiator&, const Initiator&) = default;
};

std::size_t hash_value(const Initiator& initiator);

/// Interned: four bytes an object, one copy for all snapshots of a schedule.
using InitiatorMark = Interned<Initiator>;

/// What an initiator of that type calls its `backup` and its `restore`: the members' names in JSON. An empty name: it has none.
struct InitiatorTerms {
  std::string_view type;
  std::string_view backup;
  std::string_view restore;
};
/// For a type that is not known: Velero's terms.
InitiatorTerms initiator_terms(std::string_view type);

/// One mark of an object's metadata that tells of an initiator other than Velero.
struct InitiatorRule {
  enum class Where : std::uint8_t { Label, Annotation, Owner };
  Where where = Where::Label;
  std::string_view key;     ///< of a label or annotation; an owner's kind
  std::string_view group;   ///< of an owner's API
  std::string_view type;    ///< the initiator's
  bool is_restore = false;  ///< its value is the initiator's `restore`, else its `backup`
};

/// The first one that an object has decides. Sources: backube/snapscheduler api/v1 and controller (ScheduleKey),
/// FairwindsOps/gemini pkg/snapshots/consts.go, cloudnative-pg docs "Predefined labels", kubevirt pkg/storage/snapshot (owner of
/// the VolumeSnapshots, RestoreNameAnnotation), volsync internal/controller/volumehandler (controller reference), Kasten K10's labels.
inline constexpr std::array<InitiatorRule, 8> kInitiatorRules = {{
    {InitiatorRule::Where::Label, "snapscheduler.backube/schedule", "", "snapscheduler", false},
    {InitiatorRule::Where::Annotation, "gemini.fairwinds.com/group", "", "gemini", false},
    {InitiatorRule::Where::Label, "cnpg.io/backupName", "", "cnpg", false},
    {InitiatorRule::Where::Owner, "VirtualMachineSnapshotContent", "snapshot.kubevirt.io", "kubevirt", false},
    {InitiatorRule::Where::Annotation, "restore.kubevirt.io/name", "", "kubevirt", true},
    {InitiatorRule::Where::Owner, "ReplicationSource", "volsync.backube", "volsync", false},
    {InitiatorRule::Where::Owner, "ReplicationDestination", "volsync.backube", "volsync", true},
    {InitiatorRule::Where::Label, "k10.kasten.io/appNamespace", "", "k10", false},
}};

/// What an object has of them, in their order; empty: not there.
using InitiatorMarks = std::array<std::string, kInitiatorRules.size()>;

/// The initiator by marks and name (K10 and KubeVirt name their VolumeSnapshots `k10-csi-snap-…` and
/// `vmsnapshot-<uid>-volume-…`); of type "" if none is known. Pure.
Initiator initiator_of(std::string_view name, const InitiatorMarks& marks);

}  // namespace snaptrail::objects
