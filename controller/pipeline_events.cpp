// Kubernetes Events: what diagnosis reads, what fails a claim, and what becomes part of the trail.

#include <algorithm>
#include <optional>
#include <utility>

#include "controller/pipeline.hpp"
#include "informers/resource_version.hpp"
#include "reconcilers/states.hpp"

namespace snaptrail::controller {

using objects::Instant;
using reconcilers::Observed;
using reconcilers::Output;

namespace {

/// Listed before the gate opens; beyond that many further ones are left out of the trail.
constexpr std::size_t kMostEarly = 10'000;

bool concerns_a_claim(const objects::Event& event) {
  return event.about_kind.get() == "PersistentVolumeClaim" &&
         (reconcilers::is_provisioning_failure(event) || reconcilers::is_provisioning_success(event));
}

}  // namespace

void Pipeline::take_early_event(objects::Event event, Instant at) {
  diagnoser_.event(event);
  if (early_trail_.size() < kMostEarly) {
    if (auto record = trail_.take(event, at, true)) early_trail_.push_back(std::move(*record));
  }
  if (concerns_a_claim(event)) early_events_.push_back(std::move(event));
}

void Pipeline::open_events(Instant at, Output& out) {
  std::ranges::stable_sort(early_events_, [](const objects::Event& a, const objects::Event& b) {
    const std::optional<Instant> last_a = a.last, last_b = b.last;
    if (last_a != last_b) return last_a < last_b;
    return informers::compare_resource_versions(a.meta.resource_version, b.meta.resource_version) < 0;
  });
  for (const auto& event : std::exchange(early_events_, {})) tracker_.event(event, Observed{at, true}, out);
}

void Pipeline::take_event(const informers::Target& target, objects::Event event, Observed seen, Output& out) {
  diagnoser_.event(event);
  if (auto record = trail_.take(event, seen.at, seen.late)) add_to_trail(std::move(*record));
  if (!concerns_a_claim(event)) return;
  const auto position = positions_.find(informers::stream_name(target));
  const bool is_old =
      seen.late && position != positions_.end() &&
      informers::compare_resource_versions(event.meta.resource_version, position->second.resource_version) <= 0;
  if (!is_old) tracker_.event(event, seen, out);
}

/// Of claims and volumes only what a chain has, or is not known yet: a cluster's others are many, and no story tells of them.
void Pipeline::add_to_trail(objects::EventRecord event) {
  const bool is_snapshot =
      event.kind == objects::Kind::VolumeSnapshot || event.kind == objects::Kind::VolumeSnapshotContent;
  if (!is_snapshot) {
    const auto about = tracker_.record(event.kind, event.about);
    if (about && about->chain.empty()) return;
  }
  said_.push_back(std::move(event));
}

}  // namespace snaptrail::controller
