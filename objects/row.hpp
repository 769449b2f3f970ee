#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "objects/initiator.hpp"
#include "objects/instant.hpp"
#include "objects/kind.hpp"
#include "objects/types.hpp"
#include "objects/uid.hpp"

/// The ledger's row: what is recorded, and also the line of `replay -o ndjson` and the API's message.
/// docs/ledger.md describes every field.
namespace snaptrail::objects {

/// States of all kinds (docs/states.md has the table that decides between them).
enum class State : std::uint8_t {
  Pending,
  Creating,
  Uploading,
  Ready,
  Broken,
  Error,
  Deleting,
  Deleted,
  Orphaned,
  WaitingForSnapshot,
  WaitingForConsumer,
  Requested,
  Provisioning,
  Bound,
  Lost,
  Available,
  Released,
  Failed,
};

/// What became of the cloud's snapshot when its object ended.
enum class Outcome : std::uint8_t { Unknown, NeverCut, Retained, Destroyed, Leaked };

enum class RowType : std::uint8_t { Transition, Outcome, Fact, Finding, Gap };

/// Changes that matter and are no state.
enum class FactType : std::uint8_t { DeletionPolicyChanged, HandleCleared, FinalizersRemoved, ErrorChanged };

/// Why nothing could be seen for a while.
enum class GapCause : std::uint8_t { Disconnected, Expired, Rewound, Restarted, Forbidden, Overload };

/// What became of a finding (docs/diagnoses.md).
enum class FindingEvent : std::uint8_t { Began, Changed, Ended };

struct ReadyChange {
  Ready from = Ready::Nil;
  Ready to = Ready::Nil;
  friend bool operator==(const ReadyChange&, const ReadyChange&) = default;
};

/// The other object whose change made the row.
struct Cause {
  Kind kind = Kind::VolumeSnapshot;
  Uid uid;
  std::string resource_version;
  friend bool operator==(const Cause&, const Cause&) = default;
};

struct Fact {
  FactType type = FactType::DeletionPolicyChanged;
  std::string from;
  std::string to;
  friend bool operator==(const Fact&, const Fact&) = default;
};

/// A window in which changes of one resource may have been missed.
struct Gap {
  std::string resource;  ///< plural, for events with the kind they are about: `events/PersistentVolumeClaim`
  Instant since;
  Instant until;
  std::string first_resource_version;  ///< the last one seen before; empty if none was
  std::string last_resource_version;   ///< the first one seen after; empty if none was
  GapCause cause = GapCause::Disconnected;
  friend bool operator==(const Gap&, const Gap&) = default;
};

/// What diagnosis said of the object; the row's `reason` is its code.
struct FindingNote {
  FindingEvent event = FindingEvent::Began;
  std::string category;   ///< stuck, error, waiting, hazard
  std::string severity;   ///< info, warning, critical
  Instant since;          ///< when what it tells of began
  bool baseline = false;  ///< was so when the daemon looked for the first time
  std::string detail;     ///< evidence, blocking objects and fix, as a JSON object
  friend bool operator==(const FindingNote&, const FindingNote&) = default;
};

/// One row. Empty strings and a zero Uid print as null.
struct Row {
  std::int64_t seq = 0;  ///< given by the ledger at commit, from 1
  std::string cluster;
  std::int64_t epoch = 1;
  RowType type = RowType::Transition;
  Instant at;  ///< when observed
  std::optional<Instant> api_time;
  std::optional<Kind> kind;  ///< none for a gap
  std::string ns;
  std::string name;
  Uid uid;
  std::optional<State> from;
  std::optional<State> to;
  std::optional<Outcome> outcome;
  std::optional<ReadyChange> ready;
  std::string reason;
  std::string message;
  std::string resource_version;
  std::string actor;
  std::optional<Cause> cause;
  std::string chain;
  std::string content;
  Uid claim_uid;
  DeletionPolicy policy = DeletionPolicy::None;
  std::string driver;
  std::string snapshot_handle;
  std::string volume_handle;
  std::optional<Initiator> initiator;
  bool late = false;
  std::optional<Fact> fact;
  std::optional<Gap> gap;
  std::optional<FindingNote> finding;
};

/// What the ledger remembers of one object between runs: its last recorded state and what the outcome
/// of its end will be judged by. Rows tell the story; this tells where the story stands.
struct ObjectRecord {
  Kind kind = Kind::VolumeSnapshot;
  Uid uid;
  std::string ns;
  std::string name;
  State state = State::Pending;
  Ready ready = Ready::Nil;
  std::string resource_version;
  Instant first_seen;
  Instant since;           ///< when `state` began, as observed
  bool was_ready = false;  ///< has been Ready at some time
  DeletionPolicy policy = DeletionPolicy::None;
  std::string driver;
  std::string class_name;       ///< VolumeSnapshotClass or StorageClass
  std::string snapshot_handle;  ///< the last one known, kept when the object's own is cleared
  bool handle_cleared = false;  ///< the object no longer shows it
  bool being_created = false;   ///< annotation being-created, no handle yet
  bool pre_provisioned = false;
  std::string volume_handle;
  std::string content;  ///< of a VolumeSnapshot: its content's name
  Uid content_uid;
  Uid snapshot_uid;  ///< of a content: the VolumeSnapshot that it belongs to
  Uid claim_uid;
  std::string chain;
  std::optional<Initiator> initiator;
  std::string error;       ///< text of the error that stands, empty if none
  std::string finalizers;  ///< comma-separated, in the API's order
  MaybeInstant cut;
  std::optional<Outcome> outcome;
  bool outcome_pending = false;    ///< a deleted VolumeSnapshot whose content still stands
  std::int64_t restore_size = -1;  ///< of a content: status.restoreSize in bytes; -1 where unknown
};

std::string_view to_string(State state);
std::string_view to_string(Outcome outcome);
std::string_view to_string(RowType type);  ///< lower case: `transition`
std::string_view to_string(FactType type);
std::string_view to_string(GapCause cause);         ///< lower case: `disconnected`
std::string_view to_string(FindingEvent event);     ///< lower case: `began`
std::string_view to_string(DeletionPolicy policy);  ///< empty for None
std::optional<State> state_of(std::string_view text);
std::optional<Outcome> outcome_of(std::string_view text);
std::optional<RowType> row_type_of(std::string_view text);
std::optional<FactType> fact_type_of(std::string_view text);
std::optional<GapCause> gap_cause_of(std::string_view text);
std::optional<FindingEvent> finding_event_of(std::string_view text);
DeletionPolicy policy_of(std::string_view text);  ///< None for an unknown text

/// The row as one line of JSON without a newline, all fields present in the documented order.
/// Bytes that are not UTF-8 become U+FFFD and control characters are escaped, so the line is valid JSON
/// whatever the cluster's strings hold.
std::string to_json(const Row& row);

}  // namespace snaptrail::objects
