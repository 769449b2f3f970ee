#include "reconcilers/states.hpp"

#include <algorithm>
#include <array>

namespace snaptrail::reconcilers {

using objects::ClaimPhase;
using objects::Ready;
using objects::State;
using objects::VolumePhase;

State state_of(const objects::VolumeSnapshot& snapshot, bool was_ready) {
  if (snapshot.meta.deleted) return State::Deleting;
  if (snapshot.ready == Ready::True) return State::Ready;
  if (was_ready) return State::Broken;
  if (snapshot.error.present) return State::Error;
  if (snapshot.cut) return State::Uploading;
  if (!snapshot.bound_content.empty()) return State::Creating;
  return State::Pending;
}

bool counts_as_broken_at_first_sight(const objects::VolumeSnapshot& snapshot) {
  static constexpr std::array<std::string_view, 3> kMarks = {
      "VolumeSnapshotContent is missing",
      "VolumeSnapshotContent is not bound to the VolumeSnapshot correctly",
      "lost reference to VolumeSnapshotContent",
  };
  return snapshot.error.present && std::ranges::any_of(kMarks, [&](std::string_view mark) {
           return snapshot.error.message.find(mark) != std::string::npos;
         });
}

State state_of(const objects::VolumeSnapshotContent& content, bool orphaned) {
  if (content.meta.deleted) return State::Deleting;
  if (orphaned) return State::Orphaned;
  if (content.ready == Ready::True) return State::Ready;
  if (content.error.present) return State::Error;
  if (!content.snapshot_handle.empty()) return State::Uploading;
  if (content.being_created) return State::Creating;
  return State::Pending;
}

bool is_velero_temporary(const objects::VolumeSnapshotContent& content) {
  const auto is_prefixed_uuid = [](std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) && objects::Uid::parse(text.substr(prefix.size()));
  };
  return is_prefixed_uuid(content.meta.name, "vsc-") && is_prefixed_uuid(content.snapshot.ns.get(), "ns-");
}

State state_of_restore(const objects::PersistentVolumeClaim& claim, SourceCondition source,
                       const objects::StorageClass* storage_class, bool error_held) {
  if (claim.meta.deleted) return State::Deleting;
  if (claim.phase == ClaimPhase::Lost) return State::Lost;
  if (claim.phase == ClaimPhase::Bound) return State::Bound;
  if (source == SourceCondition::Absent || source == SourceCondition::NotReady) return State::WaitingForSnapshot;
  if (storage_class && storage_class->wait_for_first_consumer && !claim.selected_node) {
    return State::WaitingForConsumer;
  }
  if (error_held) return State::Error;
  if (!claim.provisioner.get().empty()) return State::Provisioning;
  return State::Requested;
}

State state_of_claim(const objects::PersistentVolumeClaim& claim) {
  if (claim.meta.deleted) return State::Deleting;
  switch (claim.phase) {
    case ClaimPhase::Lost: return State::Lost;
    case ClaimPhase::Bound: return State::Bound;
    case ClaimPhase::Pending:
    case ClaimPhase::None: return State::Pending;
  }
  return State::Pending;
}

State state_of(const objects::PersistentVolume& volume) {
  if (volume.meta.deleted) return State::Deleting;
  switch (volume.phase) {
    case VolumePhase::Failed: return State::Failed;
    case VolumePhase::Released: return State::Released;
    case VolumePhase::Bound: return State::Bound;
    case VolumePhase::Available: return State::Available;
    case VolumePhase::Pending:
    case VolumePhase::None: return State::Pending;
  }
  return State::Pending;
}

bool is_provisioning_failure(const objects::Event& event) {
  // The API server's words for a lost optimistic lock (k8s.io/apiserver, registry/generic: OptimisticLockErrorMsg).
  static constexpr std::string_view kConflict =
      "the object has been modified; please apply your changes to the latest version";
  return event.reason.get() == "ProvisioningFailed" && event.message.find(kConflict) == std::string::npos;
}

bool is_provisioning_success(const objects::Event& event) { return event.reason.get() == "ProvisioningSucceeded"; }

namespace {

struct Move {
  State from;
  State to;
};

template <std::size_t N>
bool contains(const std::array<Move, N>& moves, State from, State to) {
  return std::ranges::any_of(moves, [&](const Move& move) { return move.from == from && move.to == to; });
}

constexpr std::array<Move, 15> kSnapshotMoves = {{
    {State::Pending, State::Creating},
    {State::Pending, State::Uploading},
    {State::Pending, State::Ready},
    {State::Pending, State::Error},
    {State::Creating, State::Uploading},
    {State::Creating, State::Ready},
    {State::Creating, State::Error},
    {State::Uploading, State::Ready},
    {State::Uploading, State::Error},
    {State::Error, State::Pending},
    {State::Error, State::Creating},
    {State::Error, State::Uploading},
    {State::Error, State::Ready},
    {State::Ready, State::Broken},
    {State::Broken, State::Ready},
}};

constexpr std::array<Move, 14> kContentMoves = {{
    {State::Pending, State::Creating},
    {State::Pending, State::Uploading},
    {State::Pending, State::Ready},
    {State::Pending, State::Error},
    {State::Creating, State::Pending},
    {State::Creating, State::Uploading},
    {State::Creating, State::Ready},
    {State::Creating, State::Error},
    {State::Uploading, State::Ready},
    {State::Uploading, State::Error},
    {State::Error, State::Pending},
    {State::Error, State::Creating},
    {State::Error, State::Uploading},
    {State::Error, State::Ready},
}};

constexpr std::array<Move, 6> kVolumeMoves = {{
    {State::Pending, State::Available},
    {State::Pending, State::Bound},
    {State::Available, State::Bound},
    {State::Bound, State::Released},
    {State::Released, State::Available},
    {State::Released, State::Failed},
}};

bool is_unbound_claim(State state) {
  return state == State::WaitingForSnapshot || state == State::WaitingForConsumer || state == State::Requested ||
         state == State::Provisioning || state == State::Error || state == State::Pending;
}

bool is_ordinary_claim_move(State from, State to) {
  if (is_unbound_claim(from)) return is_unbound_claim(to) || to == State::Bound;
  return from == State::Bound && to == State::Lost;
}

}  // namespace

bool is_ordinary_move(objects::Kind kind, State from, State to) {
  if (to == State::Deleting || to == State::Deleted) return true;
  switch (kind) {
    case objects::Kind::VolumeSnapshot: return contains(kSnapshotMoves, from, to);
    case objects::Kind::VolumeSnapshotContent: return to == State::Orphaned || contains(kContentMoves, from, to);
    case objects::Kind::PersistentVolumeClaim: return is_ordinary_claim_move(from, to);
    case objects::Kind::PersistentVolume: return contains(kVolumeMoves, from, to);
    default: return false;
  }
}

}  // namespace snaptrail::reconcilers
