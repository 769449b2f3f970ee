#include "controller/event_trail.hpp"

#include <algorithm>
#include <utility>

#include "controller/cut_text.hpp"

namespace snaptrail::controller {
namespace {

using objects::Kind;

bool is_of_the_flow(Kind kind) {
  return kind == Kind::VolumeSnapshot || kind == Kind::VolumeSnapshotContent || kind == Kind::PersistentVolumeClaim ||
         kind == Kind::PersistentVolume;
}

}  // namespace

std::optional<objects::EventRecord> EventTrail::take(const objects::Event& event, objects::Instant at, bool late) {
  const auto kind = objects::kind_of(event.about_kind.get());
  if (!kind || !is_of_the_flow(*kind) || !event.about.uid || !event.meta.uid) return std::nullopt;
  if (is_known(event.meta.uid, {event.count, event.last})) return std::nullopt;
  objects::EventRecord record;
  record.uid = event.meta.uid;
  record.kind = *kind;
  record.ns = event.about.ns.get();
  record.name = event.about.name;
  record.about = event.about.uid;
  record.warning = event.type.get() == "Warning";
  record.reason = event.reason.get();
  record.message = cut_to(event.message, kMessageBytes);
  record.count = std::max<std::int64_t>(1, event.count);
  record.at = late && event.last ? *event.last : at;
  record.first = event.meta.created;
  record.api_time = event.last;
  record.late = late;
  return record;
}

bool EventTrail::is_known(const objects::Uid& uid, const Said& said) {
  const auto [known, added] = known_.try_emplace(uid, said);
  if (!added) return std::exchange(known->second, said) == said;
  by_age_.push_back(uid);
  if (by_age_.size() > max_known_) {
    known_.erase(by_age_.front());
    by_age_.pop_front();
  }
  return false;
}

}  // namespace snaptrail::controller
