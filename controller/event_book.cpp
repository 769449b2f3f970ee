#include "controller/event_book.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace snaptrail::controller {

using objects::Instant;
using objects::Row;

namespace {

constexpr int kMostAttempts = 4;
constexpr objects::Millis kFirstPause{5'000};

std::string path_of(const Row& row) { return fmt::format("/api/v1/namespaces/{}/events", event_namespace(row)); }

}  // namespace

bool EventBook::recorded(const Row& row) {
  const bool begins = row.type == objects::RowType::Finding && row.finding && row.kind && !row.name.empty() &&
                      row.finding->event == objects::FindingEvent::Began && !row.finding->baseline;
  if (!begins) return true;
  Key key{row.uid, row.ns, row.name, row.reason};
  auto found = entries_.find(key);
  const bool is_old = found != entries_.end() && !found->second.due && found->second.written &&
                      row.at - *found->second.written > kKnownFor;
  if (is_old) {
    by_age_.erase({*found->second.written, key});
    entries_.erase(found);
    found = entries_.end();
  }
  if (found != entries_.end()) {
    Entry& entry = found->second;
    ++entry.count;
    entry.row = row;
    if (!entry.due && entry.written) schedule(key, entry, std::max(row.at, *entry.written + kPatchEvery));
    return true;
  }
  if (due_.size() >= kMostWaiting) return false;
  if (entries_.size() >= kMostKnown) forget_oldest();
  Entry& entry = entries_[key];
  entry.name = event_name(row);
  entry.row = row;
  entry.first = row.at;
  schedule(key, entry, row.at);
  return true;
}

std::optional<EventBook::Next> EventBook::next(Instant now) {
  if (due_.empty() || due_.begin()->first > now) return std::nullopt;
  if (!limit_.take(serving::AccessTime(now.time_since_epoch()))) return std::nullopt;
  const Key key = due_.begin()->second;
  Entry& entry = entries_.at(key);
  schedule(key, entry, {});
  entry.told = entry.count;
  Next next{key, {}, !entry.created};
  if (entry.created) {
    next.write = {"PATCH", fmt::format("{}/{}", path_of(entry.row), entry.name), event_patch(entry.row, entry.count),
                  "application/merge-patch+json"};
  } else {
    next.write = {"POST", path_of(entry.row), event_object(entry.row, entry.name, instance_, entry.first, entry.count)};
  }
  return next;
}

std::optional<Instant> EventBook::due() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

void EventBook::written(const Next& next, Instant now) {
  const auto found = entries_.find(next.key);
  if (found == entries_.end()) return;  // it had to make room
  Entry& entry = found->second;
  if (entry.written) by_age_.erase({*entry.written, next.key});
  entry.created = true;
  entry.attempts = 0;
  entry.written = now;
  by_age_.emplace(now, next.key);
  // It has begun again while it was being written.
  if (entry.count > entry.told) schedule(next.key, entry, now + kPatchEvery);
}

void EventBook::missing(const Next& next, Instant now) {
  const auto found = entries_.find(next.key);
  if (found == entries_.end()) return;  // it had to make room
  Entry& entry = found->second;
  entry.created = false;
  entry.first = entry.row.at;
  entry.name = event_name(entry.row);
  schedule(next.key, entry, now);
}

bool EventBook::failed(const Next& next, bool retry, Instant now) {
  const auto found = entries_.find(next.key);
  if (found == entries_.end()) return true;
  Entry& entry = found->second;
  if (retry && ++entry.attempts < kMostAttempts) {
    objects::Millis pause = kFirstPause;
    for (int i = 1; i < entry.attempts; ++i) pause *= 3;
    schedule(next.key, entry, now + pause);
    return false;
  }
  // Where it begins again it is a new one.
  if (entry.written) by_age_.erase({*entry.written, next.key});
  schedule(next.key, entry, {});
  entries_.erase(found);
  return true;
}

void EventBook::schedule(const Key& key, Entry& entry, objects::MaybeInstant due) {
  if (entry.due) due_.erase({*entry.due, key});
  entry.due = due;
  if (due) due_.emplace(*due, key);
}

void EventBook::forget_oldest() {
  if (by_age_.empty()) return;
  const Key key = by_age_.begin()->second;
  by_age_.erase(by_age_.begin());
  Entry& entry = entries_.at(key);
  schedule(key, entry, {});
  entries_.erase(key);
}

}  // namespace snaptrail::controller
