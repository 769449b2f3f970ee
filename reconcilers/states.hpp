#pragma once

#include "objects/row.hpp"
#include "objects/types.hpp"

/// The tables of docs/states.md: which state an object is in. Pure functions of their arguments; for all but claims the
/// object's own fields decide, and what memory adds is an argument. Deleted is no result: it is the object's absence.
namespace snaptrail::reconcilers {

/// `was_ready`: it has been Ready at some time (see counts_as_broken_at_first_sight).
objects::State state_of(const objects::VolumeSnapshot& snapshot, bool was_ready);

/// At first sight: the snapshot-controller's words for a Ready snapshot whose content is missing or not its own
/// (SnapshotContentMissing, SnapshotMisbound in external-snapshotter's common-controller).
bool counts_as_broken_at_first_sight(const objects::VolumeSnapshot& snapshot);

/// `orphaned`: its VolumeSnapshot has been absent for kOrphanDelay.
objects::State state_of(const objects::VolumeSnapshotContent& content, bool orphaned);

/// How long a content's VolumeSnapshot must be absent: streams are independent, so that a content may be seen
/// moments before its VolumeSnapshot, and its own deletion follows the VolumeSnapshot's within a second or so.
inline constexpr objects::Millis kOrphanDelay{5'000};

/// Velero makes a content `vsc-<uuid>` for some seconds to delete a backend snapshot; its reference names a namespace
/// `ns-<uuid>` that never exists.
bool is_velero_temporary(const objects::VolumeSnapshotContent& content);

/// The condition of a restored claim's source. Unknown: VolumeSnapshots of its namespace can't be seen.
enum class SourceCondition : std::uint8_t { Absent, NotReady, Ready, Unknown };

inline bool is_restore(const objects::PersistentVolumeClaim& claim) { return !claim.source.name.empty(); }

/// A claim restored from a VolumeSnapshot. `storage_class` may be null (unknown); `error_held`: a ProvisioningFailed stands.
objects::State state_of_restore(const objects::PersistentVolumeClaim& claim, SourceCondition source,
                                const objects::StorageClass* storage_class, bool error_held);

/// Any other claim.
objects::State state_of_claim(const objects::PersistentVolumeClaim& claim);

objects::State state_of(const objects::PersistentVolume& volume);

/// Whether a Kubernetes event is a failed provisioning that counts: not one of the provisioner's update conflicts, which
/// it retries at once or after its backoff and which say nothing about the storage.
bool is_provisioning_failure(const objects::Event& event);
bool is_provisioning_success(const objects::Event& event);

/// Whether a move is one of the ordinary ones (docs/states.md, "Legal moves"). All moves are possible and recorded.
bool is_ordinary_move(objects::Kind kind, objects::State from, objects::State to);

}  // namespace snaptrail::reconcilers
