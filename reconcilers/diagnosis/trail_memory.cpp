#include "reconcilers/diagnosis/trail_memory.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/diagnosis/fix.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::MaybeInstant;
using objects::Millis;
using objects::State;

std::string_view step_of(Phase phase) {
  switch (phase) {
    case Phase::Creating: return "create";
    case Phase::Uploading: return "upload";
    case Phase::Deleting: return "delete";
    case Phase::Provisioning: return "provision";
    default: return {};
  }
}

std::string sample_key(std::string_view step, std::string_view driver) {
  return std::string(step) + '/' + std::string(driver);
}

}  // namespace

void TrailMemory::recorded(const objects::Row& row) {
  binding_.recorded(row);
  attempts_.recorded(row);
  departed_.recorded(row);
  if (row.type == objects::RowType::Transition) note_transition(row);
  if (row.type == objects::RowType::Transition || row.type == objects::RowType::Outcome) note_end(row);
}

void TrailMemory::note_transition(const objects::Row& row) {
  if (!row.kind || !row.to) return;
  if (*row.kind != Kind::VolumeSnapshotContent || *row.to != State::Ready || row.snapshot_handle.empty()) return;
  // Made from a volume: only then is ready the end of a cut. An imported one has no volumeHandle.
  if (row.volume_handle.empty()) return;
  note_point(row.driver, row.snapshot_handle, row.claim_uid, row.at);
}

void TrailMemory::recorded(const objects::ObjectRecord& record) {
  binding_.recorded(record);
  attempts_.recorded(record);
  const bool ready = record.was_ready || record.ready == objects::Ready::True;
  const bool made_from_volume = !record.pre_provisioned && !record.volume_handle.empty();
  if (record.kind != Kind::VolumeSnapshotContent || !ready || !made_from_volume || record.snapshot_handle.empty())
    return;
  if (record.outcome == objects::Outcome::Destroyed || record.outcome == objects::Outcome::Leaked) return;
  note_point(record.driver, record.snapshot_handle, record.claim_uid, record.cut ? *record.cut : record.first_seen);
}

void TrailMemory::note_point(std::string_view driver, std::string_view handle, const objects::Uid& claim, Instant cut) {
  if (!claim) return;
  const HandleKey key = handle_key(driver, handle);
  auto& points = points_[claim];
  const auto known = std::ranges::find(points, key, &Point::key);
  if (known == points.end()) {
    points.push_back({key, cut});
  } else {
    known->cut = std::min(known->cut, cut);
  }
  claim_of_[key] = claim;
}

void TrailMemory::note_end(const objects::Row& row) {
  if (!row.kind || !row.outcome) return;
  const bool destroyed = *row.outcome == objects::Outcome::Destroyed;
  if (!destroyed && *row.outcome != objects::Outcome::Leaked) return;
  if (*row.kind == Kind::VolumeSnapshot && destroyed) note_destroyed(row);
  if (*row.kind == Kind::VolumeSnapshotContent) note_content_end(row, destroyed);
}

void TrailMemory::note_destroyed(const objects::Row& snapshot) {
  // Its content went before, and knew whether there was a newer copy.
  const auto superseded = superseded_.extract(handle_key(snapshot.driver, snapshot.snapshot_handle));
  const bool imported = !snapshot.chain.empty() && snapshot.chain != snapshot.uid.str();
  const bool movers_own = snapshot.initiator && is_movers_own(*snapshot.initiator);
  if (imported || movers_own) return;
  if (superseded && points_.contains(superseded.mapped())) {
    deletions_.superseded(superseded.mapped(), snapshot.ns, snapshot.at);
  } else {
    deletions_.destroyed(snapshot.ns, snapshot.at);
  }
}

void TrailMemory::note_content_end(const objects::Row& row, bool destroyed) {
  const HandleKey key = handle_key(row.driver, row.snapshot_handle);
  // What is lost can't be restored, so nothing has to be known of it; that also bounds this to what exists.
  if (const auto found = claim_of_.find(key); found != claim_of_.end()) {
    const objects::Uid claim = found->second;
    claim_of_.erase(found);
    lose_point(claim, key, row.at, destroyed);
  }
  if (!destroyed) note_leak(row);
}

void TrailMemory::lose_point(const objects::Uid& claim, HandleKey key, Instant at, bool destroyed) {
  const auto found = points_.find(claim);
  if (found == points_.end()) return;
  auto& points = found->second;
  const auto lost = std::ranges::find(points, key, &Point::key);
  if (lost == points.end()) return;
  const Instant cut = lost->cut;
  points.erase(lost);
  if (points.empty()) {
    points_.erase(found);
    if (destroyed) deletions_.none_left(claim, at);
  } else if (destroyed && std::ranges::any_of(points, [&](const Point& other) { return other.cut > cut; })) {
    // The VolumeSnapshot's row comes next, if there is one.
    if (superseded_.size() >= kMaxLeaks) superseded_.clear();
    superseded_.insert_or_assign(key, claim);
  }
}

void TrailMemory::note_leak(const objects::Row& row) {
  // A content that was seen to go twice (its history went back) has leaked one handle.
  const auto of_it = [&row](const Finding& leak) { return leak.subject.uid == row.uid; };
  if (std::ranges::any_of(leaks_, of_it)) return;
  Finding finding;
  finding.reason = Reason::Leaked;
  finding.category = info_of(Reason::Leaked).category;
  finding.severity = info_of(Reason::Leaked).severity;
  finding.subject = {*row.kind, row.uid, row.ns, row.name};
  finding.driver = row.driver;
  finding.since = row.at;
  finding.evidence = {
      {Evidence::Source::Ledger, "outcome", "Leaked", 0, row.at},
      {Evidence::Source::Ledger, "status.snapshotHandle, never cleared", row.snapshot_handle, 0, {}},
      {Evidence::Source::Ledger, "spec.deletionPolicy", std::string(objects::to_string(row.policy)), 0, {}},
  };
  finding.fix = fill_fix(Reason::Leaked, {{"kind", "volumesnapshotcontents"}, {"ns", row.ns}, {"name", row.name}});
  leaks_.push_back(std::move(finding));
  if (leaks_.size() > kMaxLeaks) leaks_.pop_front();
}

void TrailMemory::measured(const PhaseDuration& duration) {
  if (duration.clamped || duration.driver.empty()) return;
  if (duration.measure != Measure::SnapshotPhase && duration.measure != Measure::RestorePhase) return;
  auto& samples = samples_[sample_key(duration.step, duration.driver)];
  if (samples.ring.size() < kSamples) {
    samples.ring.push_back(duration.length);
  } else {
    samples.ring[samples.next] = duration.length;
  }
  samples.next = (samples.next + 1) % kSamples;
}

std::optional<Millis> TrailMemory::p99(Phase phase, std::string_view driver) const {
  const auto step = step_of(phase);
  if (step.empty() || driver.empty()) return std::nullopt;
  const auto found = samples_.find(sample_key(step, driver));
  if (found == samples_.end() || found->second.ring.size() < kMinSamples) return std::nullopt;
  std::vector<Millis> sorted = found->second.ring;
  const std::size_t rank = (sorted.size() * 99 + 99) / 100 - 1;  // nearest rank
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(rank));
  return sorted[rank];
}

std::vector<Finding> TrailMemory::findings(Instant now) const {
  std::vector<Finding> found;
  for (const Finding& leak : leaks_) {
    if (now - leak.since < kLeakKept) found.push_back(leak);
  }
  for (Finding& burst : deletions_.findings(now)) found.push_back(std::move(burst));
  return found;
}

MaybeInstant TrailMemory::look_again(Instant now) const {
  MaybeInstant next = deletions_.look_again(now);
  for (const Finding& leak : leaks_) {
    const Instant over = leak.since + kLeakKept;
    if (over > now && (!next || over < *next)) next = over;
  }
  return next;
}

}  // namespace snaptrail::reconcilers
