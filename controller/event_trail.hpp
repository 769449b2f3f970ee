#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "objects/event_record.hpp"
#include "objects/recent_by_uid.hpp"
#include "objects/types.hpp"

namespace snaptrail::controller {

/// Which Kubernetes Events become part of the trail: those about the kinds of the flow that say something that was not known. Lists
/// bring the same ones again and again, also after a restart (what this one has forgotten, the ledger still knows). Pure; one strand.
class EventTrail {
 public:
  static constexpr std::size_t kMessageBytes = 1024;  ///< longer messages are cut; as long as events.k8s.io takes

  /// Remembers that many Events; more are taken for news again.
  explicit EventTrail(std::size_t max_known = 10'000) : said_(max_known) {}

  /// What is to be recorded of an Event that was delivered (`late`: listed) at that moment; nullopt for nothing.
  std::optional<objects::EventRecord> take(const objects::Event& event, objects::Instant at, bool late);

 private:
  struct Said {
    std::int64_t count = 0;
    objects::MaybeInstant last;
    friend bool operator==(const Said&, const Said&) = default;
  };

  objects::RecentByUid<Said> said_;  ///< by Event
};

}  // namespace snaptrail::controller
