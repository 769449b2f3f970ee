#pragma once

#include <cstdint>
#include <string>

#include "objects/instant.hpp"
#include "objects/kind.hpp"
#include "objects/uid.hpp"

namespace snaptrail::objects {

/// A Kubernetes Event about an object of the flow, as the ledger keeps it. What the API server counts up is one Event all along.
struct EventRecord {
  Uid uid;  ///< the Event's own
  Kind kind = Kind::VolumeSnapshot;
  std::string ns;    ///< of the object that it is about, as are name and about
  std::string name;  ///< involvedObject.name
  Uid about;         ///< involvedObject.uid
  bool warning = false;
  std::string reason;
  std::string message;
  std::int64_t count = 1;  ///< how often it was said; at least 1
  /// When it was last said: as observed, or of one that a list brought what the Event says itself.
  Instant at;
  MaybeInstant first;     ///< metadata.creationTimestamp
  MaybeInstant api_time;  ///< when it was last said, as the Event has it
  bool late = false;      ///< found by a list instead of seen happening
  /// Given by the ledger: rises with each change of any Event. 0: not committed, or it told nothing new.
  std::int64_t change = 0;
  friend bool operator==(const EventRecord&, const EventRecord&) = default;
};

/// One JSON object without a newline: `kind`, `namespace`, `name`, `uid` (of the object), `type`, `reason`, `message`, `count`, `at`,
/// `firstAt`, `apiTime`, `late`, `event` (the Event's own uid), `change` (null for 0). What does not apply is null; strings are cleaned as in
/// to_json(const Row&).
std::string to_json(const EventRecord& event);

}  // namespace snaptrail::objects
