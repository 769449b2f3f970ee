#include "reconcilers/diagnosis/event_memory.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace snaptrail::reconcilers {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"VolumeSnapshot", "VolumeSnapshotContent", "PersistentVolumeClaim",
                                                    "VolumeGroupSnapshot"};

/// Normal events that diagnosis reads; all others only say that things go well.
constexpr std::array<std::string_view, 5> kNormalReasons = {"Provisioning", "ExternalProvisioning", "CreatingSnapshot",
                                                            "SnapshotCreated", "WaitForFirstConsumer"};

/// With these the story of failures is over.
constexpr std::array<std::string_view, 2> kEnds = {"ProvisioningSucceeded", "SnapshotReady"};

bool ends_the_story(const objects::Event& event) {
  return event.type.get() == "Normal" && std::ranges::find(kEnds, event.reason.get()) != kEnds.end();
}

bool is_of_interest(const objects::Event& event) {
  if (!event.about.uid || std::ranges::find(kKinds, event.about_kind.get()) == kKinds.end()) return false;
  return event.type.get() == "Warning" || std::ranges::find(kNormalReasons, event.reason.get()) != kNormalReasons.end();
}

/// Not within a UTF-8 sequence.
std::string cut_to(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return std::string(text.substr(0, bytes));
}

bool earlier(objects::MaybeInstant a, objects::MaybeInstant b) {
  return std::optional<objects::Instant>(a) < std::optional<objects::Instant>(b);
}

}  // namespace

bool EventMemory::add(const objects::Event& event) {
  if (ends_the_story(event)) {
    const bool known = entries_.contains(event.about.uid);
    forget(event.about.uid);
    return known;
  }
  if (max_objects_ == 0 || !is_of_interest(event)) return false;
  auto found = entries_.find(event.about.uid);
  if (found == entries_.end()) {
    if (entries_.size() >= max_objects_) {
      entries_.erase(by_age_.front());
      by_age_.pop_front();
      ++evicted_;
    }
    by_age_.push_back(event.about.uid);
    found = entries_.emplace(event.about.uid, Entry{{}, std::prev(by_age_.end())}).first;
  } else {
    by_age_.splice(by_age_.end(), by_age_, found->second.age);
  }
  StoredEvent stored{event.reason, event.type.get() == "Warning", cut_to(event.message, kMessageBytes), event.count,
                     event.last};
  auto& events = found->second.events;
  const auto same = std::ranges::find_if(events, [&](const StoredEvent& known) {
    return known.reason == stored.reason && known.warning == stored.warning;
  });
  if (same != events.end()) {
    if (earlier(stored.last, same->last)) return false;
    const bool news = same->message != stored.message || same->count != stored.count || same->last != stored.last;
    if (!news) return false;
    events.erase(same);
  }
  const auto place =
      std::ranges::find_if(events, [&](const StoredEvent& known) { return !earlier(stored.last, known.last); });
  events.insert(place, std::move(stored));
  if (events.size() > kPerObject) events.pop_back();
  return true;
}

void EventMemory::forget(const objects::Uid& about) {
  const auto found = entries_.find(about);
  if (found == entries_.end()) return;
  by_age_.erase(found->second.age);
  entries_.erase(found);
}

std::span<const StoredEvent> EventMemory::about(const objects::Uid& uid) const {
  const auto found = entries_.find(uid);
  return found == entries_.end() ? std::span<const StoredEvent>() : std::span<const StoredEvent>(found->second.events);
}

}  // namespace snaptrail::reconcilers
