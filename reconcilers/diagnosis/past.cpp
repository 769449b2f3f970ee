#include "reconcilers/diagnosis/past.hpp"

#include <algorithm>

#include "reconcilers/diagnosis/error_text.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::Row;
using objects::RowType;
using objects::State;
using objects::Uid;

bool has_attempts(Kind kind) { return kind == Kind::VolumeSnapshotContent || kind == Kind::PersistentVolumeClaim; }

bool is_under_way(Kind kind, State state) {
  if (state == State::Error) return true;
  if (kind == Kind::VolumeSnapshotContent) return state == State::Creating || state == State::Uploading;
  return state == State::Requested || state == State::Provisioning;
}

std::string name_key(std::string_view ns, std::string_view name) {
  std::string key(ns);
  key += '/';
  return key += name;
}

}  // namespace

void Attempts::recorded(const Row& row) {
  if (!row.kind || !has_attempts(*row.kind) || !row.to) return;
  if (row.type == RowType::Transition) {
    take(*row.kind, row.uid, *row.to, row.at, !row.snapshot_handle.empty());
    if (*row.to == State::Error) fail(*row.kind, row.uid, row.at, row.message);
  } else if (row.type == RowType::Fact && row.fact && row.fact->type == objects::FactType::ErrorChanged) {
    fail(*row.kind, row.uid, row.at, row.message);
  }
}

void Attempts::recorded(const objects::ObjectRecord& record) {
  if (!has_attempts(record.kind) || attempts_.contains(record.uid)) return;
  take(record.kind, record.uid, record.state, record.since, !record.snapshot_handle.empty());
  if (record.state == State::Error) fail(record.kind, record.uid, record.since, record.error);
}

void Attempts::take(Kind kind, const Uid& uid, State to, Instant at, bool cut) {
  if (!is_under_way(kind, to)) {
    attempts_.erase(uid);
    return;
  }
  // A restore's rows have the handle that it is made from.
  const bool uploads = kind == Kind::VolumeSnapshotContent && cut;
  const auto [found, fresh] = attempts_.try_emplace(uid);
  if (fresh || (uploads && !found->second.cut)) found->second = Attempt{at, uploads, {}, Reason::Unknown, {}};
}

void Attempts::fail(Kind kind, const Uid& uid, Instant at, const std::string& text) {
  const auto found = attempts_.find(uid);
  if (found == attempts_.end()) return;
  const Call call = kind == Kind::PersistentVolumeClaim ? Call::CreateVolume : Call::CreateSnapshot;
  const auto verdict = classify_text(text, call);
  if (!verdict) return;
  Attempt& attempt = found->second;
  if (!attempt.failing || attempt.reason != verdict->reason) attempt.failing = at;
  attempt.reason = verdict->reason;
  attempt.said = text;
}

const Attempt* Attempts::of(const Uid& uid) const {
  const auto found = attempts_.find(uid);
  return found == attempts_.end() ? nullptr : &found->second;
}

void BindingQueue::recorded(const Row& row) {
  if (row.kind != Kind::VolumeSnapshot || row.type != RowType::Transition || !row.to) return;
  if (*row.to == State::Pending) return waits(row.uid);
  const bool is_bound = *row.to == State::Creating || *row.to == State::Uploading || *row.to == State::Ready;
  if (is_bound && !row.late && waiting_.contains(row.uid)) last_bound_ = row.at;
  leaves(row.uid);
}

void BindingQueue::recorded(const objects::ObjectRecord& record) {
  if (record.kind == Kind::VolumeSnapshot && record.state == State::Pending) waits(record.uid);
}

void BindingQueue::waits(const Uid& snapshot) {
  if (!waiting_.try_emplace(snapshot, false).second) return;
  alone_.push_back(snapshot);
  if (waiting_.size() < kBurst) return;
  for (const Uid& uid : alone_) waiting_.at(uid) = true;
  alone_.clear();
}

void BindingQueue::leaves(const Uid& snapshot) {
  if (waiting_.erase(snapshot) > 0) std::erase(alone_, snapshot);
}

bool BindingQueue::is_in_burst(const Uid& snapshot) const {
  const auto found = waiting_.find(snapshot);
  return found != waiting_.end() && found->second;
}

void DepartedSnapshots::recorded(const Row& row) {
  if (row.kind != Kind::VolumeSnapshot || row.to != State::Deleted) return;
  std::string key = name_key(row.ns, row.name);
  if (row.type == RowType::Outcome) {
    const auto found = by_name_.find(key);
    if (found == by_name_.end() || found->second.uid != row.uid) return;
    found->second.outcome = row.outcome;
    if (found->second.handle.empty()) found->second.handle = row.snapshot_handle;
    return;
  }
  if (row.type != RowType::Transition) return;
  by_name_.insert_or_assign(key, Departed{row.uid, row.at, row.late, row.outcome, row.driver, row.snapshot_handle});
  by_age_.emplace_back(std::move(key), row.uid);
  if (by_age_.size() <= kMost) return;
  const auto oldest = by_name_.find(by_age_.front().first);
  if (oldest != by_name_.end() && oldest->second.uid == by_age_.front().second) by_name_.erase(oldest);
  by_age_.pop_front();
}

const Departed* DepartedSnapshots::find(std::string_view ns, std::string_view name) const {
  const auto found = by_name_.find(name_key(ns, name));
  return found == by_name_.end() ? nullptr : &found->second;
}

}  // namespace snaptrail::reconcilers
