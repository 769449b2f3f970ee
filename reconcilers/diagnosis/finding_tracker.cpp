#include "reconcilers/diagnosis/finding_tracker.hpp"

#include <algorithm>
#include <tuple>
#include <type_traits>

namespace snaptrail::reconcilers {

using objects::Instant;
using objects::Kind;
using objects::MaybeInstant;
using objects::Uid;

namespace {

auto place_of(const Finding& finding) {
  return std::tie(finding.subject.kind, finding.subject.ns, finding.subject.name, finding.subject.uid, finding.rank);
}

/// By subject; of one subject what ended before what began.
auto order_of(const FindingChange& change) {
  const auto& subject = change.finding.subject;
  return std::tuple(subject.kind, std::string_view(subject.ns), std::string_view(subject.name), subject.uid,
                    change.what != FindingChange::What::Ended, change.finding.rank);
}

/// By UID; what the trail alone tells of may have none.
bool same_finding(const Finding& a, const Finding& b) {
  if (a.reason != b.reason || a.subject.uid != b.subject.uid) return false;
  return a.subject.uid || (a.subject.ns == b.subject.ns && a.subject.name == b.subject.name);
}

bool says_the_same(const Finding& a, const Finding& b) {
  return a.category == b.category && a.severity == b.severity && a.consequence == b.consequence &&
         a.blocking == b.blocking;
}

bool takes_over(const Finding& finding) { return finding.category != Category::Hazard && !finding.consequence; }

}  // namespace

void FindingTracker::restore_baseline(const Subject& subject, Reason reason) {
  restored_baseline_.insert(key_of(subject, reason));
}

void FindingTracker::open(Instant at, bool first_start) {
  if (first_start) first_opened_ = at;
  all_dirty_ = true;
}

void FindingTracker::look_at_everything(const DiagnosisView& view, Changes& changes) {
  const auto look = [&](Kind kind, const Uid& uid) {
    if (!uid) return;
    if (!dirty_.empty()) dirty_.erase(uid);
    look_at(view, kind, uid, changes);
  };
  cluster_.for_each_snapshot([&](const auto& object) { look(Kind::VolumeSnapshot, object.meta.uid); });
  cluster_.for_each_content([&](const auto& object) { look(Kind::VolumeSnapshotContent, object.meta.uid); });
  cluster_.for_each_claim([&](const auto& object) { look(Kind::PersistentVolumeClaim, object.meta.uid); });
  cluster_.for_each(
      [&](const objects::VolumeSnapshotClass& object) { look(Kind::VolumeSnapshotClass, object.meta.uid); });
  cluster_.for_each([&](const objects::Backup& object) { look(Kind::Backup, object.meta.uid); });
  cluster_.for_each(
      [&](const objects::BackupStorageLocation& object) { look(Kind::BackupStorageLocation, object.meta.uid); });
  // Of these there may be as many as there are backed up volumes: most of them are over.
  cluster_.for_each([&](const objects::DataUpload& object) {
    if (object.phase.get() != "Completed") look(Kind::DataUpload, object.meta.uid);
  });
  cluster_.for_each([&](const objects::DataDownload& object) {
    if (object.phase.get() != "Completed") look(Kind::DataDownload, object.meta.uid);
  });
  cluster_.for_each(
      [&](const objects::VolumeGroupSnapshot& object) { look(Kind::VolumeGroupSnapshot, object.meta.uid); });
  cluster_.for_each([&](const objects::VolumeGroupSnapshotContent& object) {
    look(Kind::VolumeGroupSnapshotContent, object.meta.uid);
  });
}

void FindingTracker::note_threshold(const objects::Meta& meta) {
  const std::string& text = meta.stuck_after.get();
  if (!text.empty() && !parse_stuck_after(text)) ++malformed_thresholds_;
}

void FindingTracker::look_at_all() {
  for (const auto& [uid, entry] : entries_) touch(entry.kind, uid);
}

void FindingTracker::changed(const objects::Object& current) {
  std::visit([this](const auto& object) { changed(object); }, current);
}

void FindingTracker::gone(const objects::Object& last) {
  std::visit([this](const auto& object) { gone(object); }, last);
}

void FindingTracker::event_about(const Uid& uid) {
  if (const auto snapshot = cluster_.snapshot(uid)) return touch_family(*snapshot, false);
  if (const auto content = cluster_.content(uid)) return touch_relatives(*content, false);
  if (cluster_.claim(uid)) touch(Kind::PersistentVolumeClaim, uid);
}

std::optional<Instant> FindingTracker::next() const {
  if (all_dirty_ || !dirty_.empty()) return Instant{};
  std::optional<Instant> next = trail_findings_.due;
  if (!due_.empty() && (!next || due_.begin()->first < *next)) next = due_.begin()->first;
  return next;
}

std::vector<FindingChange> FindingTracker::evaluate(Instant now) {
  Changes changes;
  while (!due_.empty() && due_.begin()->first <= now) {
    const Uid uid = due_.begin()->second;
    due_.erase(due_.begin());
    Entry& entry = entries_.at(uid);
    entry.due = {};
    touch(entry.kind, uid);
  }
  const Recoverables recoverable(cluster_, points_, now);
  const DiagnosisView view{cluster_, tracker_, events_, trail_, recoverable, thresholds_, now};
  if (std::exchange(all_dirty_, false)) look_at_everything(view, changes);
  for (const auto& [uid, kind] : std::exchange(dirty_, {})) look_at(view, kind, uid, changes);
  look_at_trail(now, changes);
  restored_baseline_.clear();
  std::ranges::stable_sort(changes,
                           [](const FindingChange& a, const FindingChange& b) { return order_of(a) < order_of(b); });
  return changes;
}

void FindingTracker::look_at(const DiagnosisView& view, Kind kind, const Uid& uid, Changes& changes) {
  ++looks_;
  Diagnosis diagnosis = diagnose(view, kind, uid);
  auto found = entries_.find(uid);
  if (found == entries_.end()) {
    if (diagnosis.findings.empty() && !diagnosis.look_again) return;
    found = entries_.emplace(uid, Entry{kind, {}, {}}).first;
  }
  MaybeInstant due = diagnosis.look_again;
  merge(found->second, std::move(diagnosis), is_settled(kind, uid), view.now, changes);
  for (const Open& open : found->second.open) {
    if (open.vanished && (!due || *open.vanished + kHysteresis < *due)) due = *open.vanished + kHysteresis;
  }
  schedule(uid, found->second, due);
  if (found->second.open.empty() && !found->second.due) entries_.erase(found);
}

void FindingTracker::look_at_trail(Instant now, Changes& changes) {
  merge(trail_findings_, {trail_.findings(now), {}}, true, now, changes);
  trail_findings_.due = trail_.look_again(now);
}

void FindingTracker::merge(Entry& entry, Diagnosis diagnosis, bool settled, Instant now, Changes& changes) {
  const bool taken_over = std::ranges::any_of(diagnosis.findings, takes_over);
  std::vector<Open> open;
  for (Finding& finding : diagnosis.findings) {
    const auto known = std::ranges::find_if(
        entry.open, [&](const Open& candidate) { return same_finding(candidate.finding, finding); });
    if (known == entry.open.end()) {
      finding.baseline = is_baseline(finding);
      changes.push_back({FindingChange::What::Began, now, finding});
    } else {
      finding.since = std::min(finding.since, known->finding.since);
      finding.baseline = known->finding.baseline;
      if (!says_the_same(known->finding, finding)) changes.push_back({FindingChange::What::Changed, now, finding});
      entry.open.erase(known);
    }
    open.push_back({std::move(finding), {}});
  }
  // What is left has vanished.
  for (Open& left : entry.open) {
    const bool held = left.finding.category == Category::Error && !settled && !taken_over;
    if (!left.vanished) left.vanished = now;
    if (held && now - *left.vanished < kHysteresis) {
      open.push_back(std::move(left));
    } else {
      changes.push_back({FindingChange::What::Ended, now, std::move(left.finding)});
    }
  }
  entry.open = std::move(open);
}

void FindingTracker::schedule(const Uid& uid, Entry& entry, MaybeInstant due) {
  if (entry.due) due_.erase({*entry.due, uid});
  entry.due = due;
  if (due) due_.emplace(*due, uid);
}

bool FindingTracker::is_settled(Kind kind, const Uid& uid) const {
  switch (kind) {
    case Kind::VolumeSnapshot: {
      const auto snapshot = cluster_.snapshot(uid);
      return !snapshot || snapshot->meta.deleted || snapshot->ready == objects::Ready::True;
    }
    case Kind::PersistentVolumeClaim: {
      const auto claim = cluster_.claim(uid);
      return !claim || claim->meta.deleted || claim->phase == objects::ClaimPhase::Bound;
    }
    case Kind::VolumeSnapshotContent: return !cluster_.content(uid);
    default: return true;
  }
}

bool FindingTracker::is_baseline(const Finding& finding) const {
  if (restored_baseline_.contains(key_of(finding.subject, finding.reason))) return true;
  if (!first_opened_ || !finding.subject.uid) return false;
  if (const auto sight = tracker_.sight(finding.subject.uid)) {
    return sight->from_list && (sight->since == sight->first_seen || sight->since <= *first_opened_ + kOrphanDelay);
  }
  return finding.since <= *first_opened_;
}

std::vector<const Finding*> FindingTracker::of(const Uid& uid) const {
  std::vector<const Finding*> findings;
  if (const auto found = entries_.find(uid); found != entries_.end()) {
    for (const Open& open : found->second.open) findings.push_back(&open.finding);
  }
  return findings;
}

std::vector<const Finding*> FindingTracker::all() const {
  std::vector<const Finding*> findings;
  for (const auto& [uid, entry] : entries_) {
    for (const Open& open : entry.open) findings.push_back(&open.finding);
  }
  for (const Open& open : trail_findings_.open) findings.push_back(&open.finding);
  std::ranges::sort(findings, [](const Finding* a, const Finding* b) { return place_of(*a) < place_of(*b); });
  return findings;
}

std::size_t FindingTracker::size() const {
  std::size_t count = trail_findings_.open.size();
  for (const auto& [uid, entry] : entries_) count += entry.open.size();
  return count;
}

}  // namespace snaptrail::reconcilers
