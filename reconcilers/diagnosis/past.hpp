#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "objects/row.hpp"
#include "reconcilers/diagnosis/reason.hpp"

/// What diagnosis has to know of an object's past that its fields no longer tell, read off rows: of an earlier run and of
/// this one, in their order. Each part is bounded by what is under way, or by a constant. Pure; one thread.
namespace snaptrail::reconcilers {

/// A content on its way to ready, or a restore's claim with the provisioner, through all tries: a sidecar that clears an
/// error, or sets another text of the same cause, doesn't begin anew.
struct Attempt {
  objects::Instant since;         ///< when the phase began
  bool cut = false;               ///< of a content: the handle is known, so the phase is the upload
  objects::MaybeInstant failing;  ///< since when every try has failed for `reason`; empty: none has failed
  Reason reason = Reason::Unknown;
  std::string said;  ///< the text of the last failure
};

class Attempts {
 public:
  void recorded(const objects::Row& row);
  /// Where no row has told of it: the daemon found it under way.
  void recorded(const objects::ObjectRecord& record);
  /// Of a content or claim; null if it isn't under way. Valid until the next row.
  const Attempt* of(const objects::Uid& uid) const;
  std::size_t size() const { return attempts_.size(); }

 private:
  void take(objects::Kind kind, const objects::Uid& uid, objects::State to, objects::Instant at, bool cut);
  void fail(objects::Kind kind, const objects::Uid& uid, objects::Instant at, const std::string& text);

  std::unordered_map<objects::Uid, Attempt> attempts_;
};

/// The VolumeSnapshots that wait for the snapshot-controller to bind them.
class BindingQueue {
 public:
  /// So many that wait at one moment are a burst that runs into the controller's own rate limit (5 requests a second by
  /// default).
  static constexpr std::size_t kBurst = 3;

  void recorded(const objects::Row& row);
  void recorded(const objects::ObjectRecord& record);
  std::size_t size() const { return waiting_.size(); }
  /// Whether at any moment of its waiting a burst did: that never turns false before it is bound.
  bool is_in_burst(const objects::Uid& snapshot) const;
  /// When the controller was last seen binding one.
  objects::MaybeInstant last_bound() const { return last_bound_; }

 private:
  void waits(const objects::Uid& snapshot);
  void leaves(const objects::Uid& snapshot);

  std::unordered_map<objects::Uid, bool> waiting_;  ///< and whether in a burst
  std::vector<objects::Uid> alone_;                 ///< those that haven't been in one: fewer than kBurst
  objects::MaybeInstant last_bound_;
};

/// A VolumeSnapshot that is gone, and what became of its copy.
struct Departed {
  objects::Uid uid;
  objects::Instant at;
  bool late = false;  ///< found gone; it went some time before
  std::optional<objects::Outcome> outcome;
  std::string driver;
  std::string handle;
};

/// The last so many that went, by name: names are what restores refer to.
class DepartedSnapshots {
 public:
  static constexpr std::size_t kMost = 10'000;

  void recorded(const objects::Row& row);
  /// The last one of that name; null if none is known. Valid until the next row.
  const Departed* find(std::string_view ns, std::string_view name) const;
  std::size_t size() const { return by_name_.size(); }

 private:
  std::unordered_map<std::string, Departed> by_name_;
  std::deque<std::pair<std::string, objects::Uid>> by_age_;
};

}  // namespace snaptrail::reconcilers
