// Start, restart and questions.

#include "reconcilers/tracker.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "reconcilers/tracker_rows.hpp"

namespace snaptrail::reconcilers {

using objects::Kind;
using objects::ObjectRecord;
using objects::State;

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t comma = std::min(text.find(',', pos), text.size());
    parts.push_back(text.substr(pos, comma - pos));
    pos = comma + 1;
  }
  return parts;
}

Relations relations_in(const ObjectRecord& record) {
  Relations relations;
  relations.chain = record.chain;
  relations.content = record.content;
  relations.content_uid = record.content_uid;
  relations.claim_uid = record.claim_uid;
  relations.policy = record.policy;
  relations.driver = record.driver;
  relations.class_name = record.class_name;
  relations.snapshot_handle = record.snapshot_handle;
  relations.volume_handle = record.volume_handle;
  if (record.initiator) relations.initiator = *record.initiator;
  return relations;
}

/// What a content's status said of its handle when it was recorded: a pre-provisioned one names its handle in
/// the spec before the driver has confirmed it.
std::string status_handle_in(const ObjectRecord& record) {
  const bool unconfirmed = record.pre_provisioned && !record.was_ready;
  return record.kind != Kind::VolumeSnapshotContent || record.handle_cleared || unconfirmed ? std::string()
                                                                                            : record.snapshot_handle;
}

/// The UIDs of all that for_each(visit) shows, by namespace, name and UID.
template <class T, class ForEach>
std::vector<objects::Uid> sorted(ForEach for_each) {
  using Named = std::tuple<objects::Symbol, std::string, objects::Uid>;
  std::vector<Named> named;
  for_each([&](const T& object) { named.emplace_back(object.meta.ns, object.meta.name, object.meta.uid); });
  std::ranges::sort(named, [](const Named& a, const Named& b) {
    if (std::get<0>(a) != std::get<0>(b)) return std::get<0>(a).get() < std::get<0>(b).get();
    return std::tie(std::get<1>(a), std::get<2>(a)) < std::tie(std::get<1>(b), std::get<2>(b));
  });
  std::vector<objects::Uid> uids;
  uids.reserve(named.size());
  std::ranges::transform(named, std::back_inserter(uids), [](const Named& one) { return std::get<2>(one); });
  return uids;
}

}  // namespace

Tracker::Tracker(const ClusterView& view) : view_(view), relations_(view, index_, relation_memory_) {}
Tracker::~Tracker() = default;

void Tracker::restore(ObjectRecord record) {
  if (record.state != State::Deleted) {
    restored_.insert_or_assign(record.uid, std::move(record));
    return;
  }
  if (!record.outcome_pending || !record.content_uid) return;
  objects::Row row;
  row.type = objects::RowType::Outcome;
  row.kind = record.kind;
  row.ns = record.ns;
  row.name = record.name;
  row.uid = record.uid;
  row.from = row.to = State::Deleted;
  row.resource_version = record.resource_version;
  row.chain = record.chain;
  row.content = record.content;
  row.claim_uid = record.claim_uid;
  row.driver = record.driver;
  row.snapshot_handle = record.snapshot_handle;
  row.volume_handle = record.volume_handle;
  row.initiator = record.initiator;
  auto& pending = pending_outcomes_[record.content_uid];
  pending.push_back({std::move(row), std::move(record)});
}

Tracker::Memory Tracker::recall(const ObjectRecord& record) {
  Memory memory;
  memory.state = record.state;
  memory.ready = record.ready;
  memory.was_ready = record.was_ready;
  memory.orphaned = record.state == State::Orphaned;
  memory.handle_cleared = record.handle_cleared;
  memory.first_seen = record.first_seen;
  memory.since = record.since;
  if (record.kind == Kind::PersistentVolumeClaim && !record.error.empty()) {
    memory.restore = std::make_unique<RestoreMemory>();
    memory.restore->error = HeldError{record.error, record.since};
  }
  Relations remembered = relations_in(record);
  // What the object itself says is asked anew; only what others said, and may be gone, is remembered.
  remembered.driver.clear();
  const bool restored_claim = record.kind == Kind::PersistentVolumeClaim && !record.chain.empty();
  const bool lost_content =
      record.kind == Kind::VolumeSnapshot && record.content_uid && !view_.content(record.content_uid);
  if (lost_content) remembered.driver = record.driver;
  if (restored_claim || lost_content || record.handle_cleared) relation_memory_[record.uid] = std::move(remembered);
  return memory;
}

Tracker::Memory& Tracker::memory_of(const objects::Meta& meta, Observed seen, bool& first,
                                    std::optional<Before>& before) {
  first = false;
  if (const auto found = memory_.find(meta.uid); found != memory_.end()) return found->second;
  if (const auto restored = restored_.extract(meta.uid)) {
    const ObjectRecord& record = restored.mapped();
    before = Before{record.policy, status_handle_in(record), split(record.finalizers), record.error};
    if (record.kind != Kind::VolumeSnapshotContent) before->policy = objects::DeletionPolicy::None;
    return memory_.emplace(meta.uid, recall(record)).first->second;
  }
  first = true;
  Memory memory;
  memory.first_seen = seen.at;
  memory.from_list = seen.late;
  return memory_.emplace(meta.uid, std::move(memory)).first->second;
}

void Tracker::open(objects::Instant at, Output& out, const std::function<void(Output& out)>& take) {
  open_ = true;
  const Observed seen{at, true};
  const auto hand_over = [&] {
    if (take && out.records.size() >= kPart) take(out);
  };
  for (const auto& uid :
       sorted<objects::VolumeSnapshotContent>([&](const auto& visit) { view_.for_each_content(visit); })) {
    const auto content = view_.content(uid);
    classify(nullptr, *content, seen, {}, out);
    watch_for_orphan(*content, seen, {});
    hand_over();
  }
  for (const auto& uid : sorted<objects::VolumeSnapshot>([&](const auto& visit) { view_.for_each_snapshot(visit); })) {
    classify(nullptr, *view_.snapshot(uid), seen, out);
    hand_over();
  }
  for (const auto& uid :
       sorted<objects::PersistentVolumeClaim>([&](const auto& visit) { view_.for_each_claim(visit); })) {
    classify(nullptr, *view_.claim(uid), seen, {}, out);
    hand_over();
  }
  for (const auto& uid : sorted<objects::PersistentVolume>([&](const auto& visit) { view_.for_each_volume(visit); })) {
    classify(nullptr, *view_.volume(uid), seen, out);
    hand_over();
  }
  for (const Kind kind :
       {Kind::VolumeSnapshotContent, Kind::VolumeSnapshot, Kind::PersistentVolumeClaim, Kind::PersistentVolume}) {
    if (view_.synced(kind)) end_vanished(kind, at, out);
  }
  settle_orphaned_outcomes(at, out);
}

void Tracker::kind_synced(Kind kind, objects::Instant at, Output& out) {
  if (!open_) return;
  end_vanished(kind, at, out);
  if (kind != Kind::VolumeSnapshot) return;
  view_.for_each_content(
      [&](const objects::VolumeSnapshotContent& content) { watch_for_orphan(content, Observed{at, true}, {}); });
  reclassify_unknown_sources(at, out);
}

template <class T>
void Tracker::put_away(const T& last) {
  const auto memory = memory_.extract(last.meta.uid);
  if (!memory) return;
  restored_.insert_or_assign(last.meta.uid, make_record(last, memory.mapped(), relations_.of(last)));
  relation_memory_.erase(last.meta.uid);
}

void Tracker::out_of_sight(const objects::VolumeSnapshot& last) {
  put_away(last);
  index_.remove(last);
  content_outcomes_.erase(last.meta.uid);
}

void Tracker::out_of_sight(const objects::VolumeSnapshotContent& last) {
  put_away(last);
  index_.remove(last);
  orphans_.cancel(last.meta.uid);
}

void Tracker::out_of_sight(const objects::PersistentVolumeClaim& last) {
  put_away(last);
  index_.remove(last);
  errors_of_unknown_claims_.take(last.meta.uid);
}

void Tracker::out_of_sight(const objects::PersistentVolume& last) { put_away(last); }

void Tracker::end_vanished(Kind kind, objects::Instant at, Output& out) {
  std::vector<ObjectRecord> vanished;
  for (const auto& [uid, record] : restored_) {
    const bool can_tell = record.kind == kind && view_.synced(kind, record.ns);
    if (can_tell && !view_.exists_elsewhere(kind, record.name)) vanished.push_back(record);
  }
  std::ranges::sort(vanished, [](const ObjectRecord& a, const ObjectRecord& b) {
    return std::tie(a.ns, a.name, a.uid) < std::tie(b.ns, b.name, b.uid);
  });
  for (const auto& record : vanished) {
    end_record(record, at, out);
    restored_.erase(record.uid);
  }
}

void Tracker::end_record(const ObjectRecord& record, objects::Instant at, Output& out) {
  objects::Row row;
  row.at = at;
  row.late = true;
  row.kind = record.kind;
  row.ns = record.ns;
  row.name = record.name;
  row.uid = record.uid;
  row.from = record.state;
  row.to = State::Deleted;
  row.resource_version = record.resource_version;
  row.chain = record.chain;
  row.content = record.content;
  row.claim_uid = record.claim_uid;
  row.policy = record.policy;
  row.driver = record.driver;
  row.snapshot_handle = record.snapshot_handle;
  row.volume_handle = record.volume_handle;
  row.initiator = record.initiator;
  ObjectRecord ended = record;
  ended.state = State::Deleted;
  ended.since = at;
  if (record.kind == Kind::VolumeSnapshot || record.kind == Kind::VolumeSnapshotContent) {
    row.outcome = ended.outcome = objects::Outcome::Unknown;
    row.ready = objects::ReadyChange{record.ready, record.ready};
  }
  out.rows.push_back(std::move(row));
  out.records.push_back(std::move(ended));
  if (record.kind != Kind::VolumeSnapshotContent) return;
  objects::VolumeSnapshotContent content;
  content.meta.uid = record.uid;
  content.meta.name = record.name;
  content.meta.resource_version = record.resource_version;
  content.policy = record.policy;
  content.snapshot_handle = record.snapshot_handle;
  content.snapshot.uid = record.snapshot_uid;
  remember_for_snapshots(content, objects::Outcome::Unknown);
  settle_outcomes(content, objects::Outcome::Unknown, Observed{at, true}, out);
}

void Tracker::settle_orphaned_outcomes(objects::Instant at, Output& out) {
  if (!view_.synced(Kind::VolumeSnapshotContent)) return;
  std::vector<objects::Uid> without_content;
  for (const auto& [content, pending] : pending_outcomes_) {
    // What is there and not followed has not gone.
    const bool is_there =
        view_.content(content) || view_.exists_elsewhere(Kind::VolumeSnapshotContent, pending.front().record.content);
    if (!is_there) without_content.push_back(content);
  }
  std::ranges::sort(without_content);
  for (const auto& uid : without_content) {
    objects::VolumeSnapshotContent content;
    content.meta.uid = uid;
    settle_outcomes(content, objects::Outcome::Unknown, Observed{at, true}, out);
  }
}

std::vector<ObjectRecord> Tracker::records() const {
  std::vector<ObjectRecord> records;
  records.reserve(memory_.size());
  const auto add = [&](const auto& object) {
    const auto found = memory_.find(object.meta.uid);
    if (found != memory_.end()) records.push_back(make_record(object, found->second, relations_.of(object)));
  };
  view_.for_each_snapshot(add);
  view_.for_each_content(add);
  view_.for_each_claim(add);
  view_.for_each_volume(add);
  return records;
}

std::optional<ObjectRecord> Tracker::record(Kind kind, const objects::Uid& uid) const {
  const auto of = [&](const auto& object) -> std::optional<ObjectRecord> {
    const auto found = memory_.find(uid);
    if (!object || found == memory_.end()) return std::nullopt;
    return make_record(*object, found->second, relations_.of(*object));
  };
  switch (kind) {
    case Kind::VolumeSnapshot: return of(view_.snapshot(uid));
    case Kind::VolumeSnapshotContent: return of(view_.content(uid));
    case Kind::PersistentVolumeClaim: return of(view_.claim(uid));
    case Kind::PersistentVolume: return of(view_.volume(uid));
    default: return std::nullopt;
  }
}

std::optional<State> Tracker::state(const objects::Uid& uid) const {
  const auto found = memory_.find(uid);
  return found == memory_.end() ? std::nullopt : std::optional(found->second.state);
}

std::optional<objects::Instant> Tracker::state_since(const objects::Uid& uid) const {
  const auto found = memory_.find(uid);
  return found == memory_.end() ? std::nullopt : std::optional(found->second.since);
}

std::optional<Tracker::Sight> Tracker::sight(const objects::Uid& uid) const {
  const auto found = memory_.find(uid);
  if (found == memory_.end()) return std::nullopt;
  const Memory& memory = found->second;
  return Sight{memory.state, memory.since, memory.first_seen, memory.from_list};
}

}  // namespace snaptrail::reconcilers
