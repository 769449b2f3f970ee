#include "controller/event_trail.hpp"

#include <algorithm>

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
  const Said said{event.count, event.last};
  if (said_.put(event.meta.uid, said) == said) return std::nullopt;
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

}  // namespace snaptrail::controller
