#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "informers/decoder.hpp"
#include "objects/instant.hpp"
#include "objects/kind.hpp"
#include "objects/row.hpp"

namespace snaptrail::informers {

/// One stream to follow: a kind, for events narrowed to those about one kind (a field selector can't say "or", so
/// events are several targets).
struct Target {
  objects::Kind kind = objects::Kind::VolumeSnapshot;
  std::string field_selector;  ///< e.g. "involvedObject.kind=PersistentVolumeClaim"; empty: all
  std::string name;            ///< plural, for events "events/PersistentVolumeClaim": in logs, metrics, gaps, positions
  /// Listed this often instead of watched: what changes between two lists is never known, and makes no gap. 0: watched.
  std::chrono::seconds poll{0};
  std::string ns{};              ///< only this namespace (namespaced kinds); empty: all
  std::string label_selector{};  ///< only objects whose labels it matches, e.g. "team=payments"; empty: all
  friend bool operator==(const Target&, const Target&) = default;
};

/// Names a target's stream where one resource is followed namespace by namespace: `volumesnapshots@payments`; the target's name where
/// all namespaces are one stream. Positions are kept by it.
std::string stream_name(const Target& target);
/// The same for a person: `volumesnapshots namespace=payments`.
std::string stream_text(const Target& target);

/// The targets of `run`: every watched kind, the events of snapshots, contents and claims, and the Leases, polled.
const std::vector<Target>& all_targets();

/// Whether a target can be seen.
enum class Availability : std::uint8_t {
  Syncing,    ///< no complete list yet
  Synced,     ///< list complete, watch running or about to resume where it stopped
  Absent,     ///< its CRD is missing (404)
  Forbidden,  ///< RBAC refuses (403), or a server that knew us does so no longer (401)
  Failing,    ///< keeps failing for another reason: never synced, or polled
};
std::string_view to_string(Availability availability);  ///< lower case

/// Where informers hand over what they see. All calls come on one strand, in the order of each stream, and are taken in
/// synchronously: when a call returns, the change is classified. Implemented by the controller's pipeline,
/// for a live cluster and for a recording alike.
class Intake {
 public:
  virtual ~Intake() = default;

  /// A complete list of the target begins: until list_finished() everything comes as listed(). A list that breaks
  /// off begins again with another list_started(); what it brought stays valid.
  virtual void list_started(const Target& target, objects::Instant at) = 0;
  virtual void listed(const Target& target, objects::Object object, objects::Instant at) = 0;
  /// The list is complete: what it did not name is gone.
  virtual void list_finished(const Target& target, std::string_view resource_version, objects::Instant at) = 0;

  /// A watch event.
  virtual void delivered(const Target& target, ObjectEvent event, objects::Instant at) = 0;
  /// Everything up to resource_version has been delivered.
  virtual void bookmark(const Target& target, std::string_view resource_version, objects::Instant at) = 0;
  /// A window in which changes may have been missed; reported once, when it is over.
  virtual void gap(const Target& target, objects::Gap gap, objects::Instant at) = 0;
  /// The target's availability changed; `why` is a sentence for log, /readyz and metrics.
  virtual void availability(const Target& target, Availability availability, std::string_view why,
                            objects::Instant at) = 0;
};

}  // namespace snaptrail::informers
