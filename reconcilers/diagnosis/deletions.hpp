#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "objects/instant.hpp"
#include "objects/uid.hpp"
#include "reconcilers/diagnosis/finding.hpp"

namespace snaptrail::reconcilers {

/// The VolumeSnapshots whose backend copies were destroyed within the last kWindow, and the namespaces in which so many
/// went that it is a burst. What goes by a schedule's retention is none: it waits here, and counts only if its claim's
/// last copy goes too. Instants are in the order of rows. Pure; one thread.
class Deletions {
 public:
  static constexpr std::size_t kBurst = 10;
  static constexpr objects::Millis kWindow{10 * 60'000};
  /// Of a namespace, and of those that wait; beyond that the oldest are forgotten.
  static constexpr std::size_t kMost = 10'000;

  void destroyed(const std::string& ns, objects::Instant at);
  /// The same, while its claim had a newer copy.
  void superseded(const objects::Uid& claim, const std::string& ns, objects::Instant at);
  /// The last copy of that claim was destroyed: those that waited have no newer one any more.
  void none_left(const objects::Uid& claim, objects::Instant at);
  /// How many wait for what becomes of their claim's newer copies.
  std::size_t waiting() const { return waiting_.size(); }

  /// The bursts that are under way, by namespace.
  std::vector<Finding> findings(objects::Instant now) const;
  /// When findings() may change by time alone.
  objects::MaybeInstant look_again(objects::Instant now) const;

 private:
  struct Waiting {
    objects::Uid claim;
    std::string ns;
    objects::Instant at;
  };

  std::unordered_map<std::string, std::deque<objects::Instant>> times_;  ///< by namespace, in order
  std::deque<Waiting> waiting_;
};

}  // namespace snaptrail::reconcilers
