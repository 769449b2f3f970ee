#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "kube/client.hpp"
#include "objects/row.hpp"
#include "serving/access_memory.hpp"

namespace snaptrail::controller {

/// Which Kubernetes Events tell of findings: one a finding, created when it begins, and counted up when it begins again, at most
/// every kPatchEvery. Pure: knows what is to be written, and when; time is an argument. One thread.
class EventBook {
 public:
  /// Between two writes of one Event.
  static constexpr objects::Millis kPatchEvery{5 * 60'000};
  /// API servers forget an Event an hour after its last write (--event-ttl): later ones are new.
  static constexpr objects::Millis kKnownFor{50 * 60'000};
  /// Further ones are not told: whatever goes wrong, the API server is spared.
  static constexpr std::size_t kMostWaiting = 1'000;
  static constexpr std::size_t kMostKnown = 10'000;

  /// `instance`: who writes, as reportingInstance.
  explicit EventBook(std::string instance) : instance_(std::move(instance)) {}

  /// Takes the row of a finding that began; all other rows, and what has been so since before the first start, are none of its
  /// business. False where it has to be left out for want of room.
  bool recorded(const objects::Row& row);

  using Key = std::tuple<objects::Uid, std::string, std::string, std::string>;  ///< uid, namespace, name, reason
  struct Next {
    Key key;
    kube::Write write;
    bool creates = true;
  };
  /// What is to be written now, if anything is. Its end is to be told by one of the three below before the next one is asked for.
  std::optional<Next> next(objects::Instant now);
  /// When next() is to be asked; nullopt: not before something is recorded.
  std::optional<objects::Instant> due() const;

  void written(const Next& next, objects::Instant now);
  /// The API server has forgotten what was to be counted up: it is made anew.
  void missing(const Next& next, objects::Instant now);
  /// `retry`: it may go better in a moment; that is tried a few times. True if it is given up.
  bool failed(const Next& next, bool retry, objects::Instant now);

  std::size_t waiting() const { return due_.size(); }

 private:
  struct Entry {
    std::string name;  ///< of the Event
    objects::Row row;  ///< of the latest beginning
    objects::Instant first;
    std::int64_t count = 1;
    std::int64_t told = 0;  ///< `count` as it was written last
    bool created = false;
    int attempts = 0;
    objects::MaybeInstant written;
    objects::MaybeInstant due;
  };
  void schedule(const Key& key, Entry& entry, objects::MaybeInstant due);
  void forget_oldest();

  std::string instance_;
  std::map<Key, Entry> entries_;
  std::set<std::pair<objects::Instant, Key>> due_;
  std::set<std::pair<objects::Instant, Key>> by_age_;  ///< written and not due, by the time of that
  serving::RateLimit limit_{5, 25};
};

/// What a finding's Event says: what and fix, printable, at most 1 kB.
std::string event_message(const objects::Row& row);
/// core/v1: the object of a create, and the merge patch of a count.
std::string event_object(const objects::Row& row, const std::string& name, const std::string& instance,
                         objects::Instant first, std::int64_t count);
std::string event_patch(const objects::Row& row, std::int64_t count);
/// `OBJECT.HASH`: the same for the same beginning of the same finding.
std::string event_name(const objects::Row& row);
/// The object's own; `default` for those of no namespace.
std::string event_namespace(const objects::Row& row);

}  // namespace snaptrail::controller
