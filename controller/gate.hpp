#pragma once

#include <optional>
#include <string>
#include <vector>

#include "informers/intake.hpp"

namespace snaptrail::controller {

/// Decides when classification may begin: once every target that it reads is synced, absent or forbidden. A target
/// that keeps failing is waited for, but not for ever: kPatience after the others. Pure; the clock is an argument.
class Gate {
 public:
  /// A server that fails for one kind only (a broken conversion webhook) must not blind us for all others.
  static constexpr objects::Millis kPatience{120'000};

  struct Entry {
    informers::Target target;
    informers::Availability availability = informers::Availability::Syncing;
    std::string why;
    bool ever_synced = false;
  };

  explicit Gate(std::vector<informers::Target> targets) {
    for (auto& target : targets) entries_.push_back({std::move(target), {}, {}, false});
  }

  /// Notes a target's availability.
  void note(const informers::Target& target, informers::Availability availability, std::string_view why) {
    if (Entry* entry = find(target)) {
      entry->availability = availability;
      entry->why = why;
      if (availability == informers::Availability::Synced) entry->ever_synced = true;
    }
  }

  /// Whether the gate is open at `now`. Once open it stays open.
  bool open(objects::Instant now) {
    if (open_) return true;
    std::size_t waiting = 0;
    std::size_t failing = 0;
    for (const Entry& entry : entries_) {
      if (!is_read(entry.target.kind) || is_settled(entry)) continue;
      ++waiting;
      if (entry.availability == informers::Availability::Failing) ++failing;
    }
    const bool only_failing_left = waiting == failing && failing < entries_.size() && any_synced();
    if (!only_failing_left) failing_since_.reset();
    if (only_failing_left && waiting > 0 && !failing_since_) failing_since_ = now;
    open_ = waiting == 0 || (failing_since_ && now - *failing_since_ >= kPatience);
    return open_;
  }
  bool is_open() const { return open_; }

  const std::vector<Entry>& entries() const { return entries_; }
  bool ever_synced(const informers::Target& target) const {
    for (const Entry& entry : entries_) {
      if (entry.target == target) return entry.ever_synced;
    }
    return false;
  }
  /// Whether classification reads that kind (docs/states.md, "The gate"). No other kind holds it up.
  static bool is_read(objects::Kind kind) {
    using objects::Kind;
    return kind == Kind::VolumeSnapshot || kind == Kind::VolumeSnapshotContent || kind == Kind::VolumeSnapshotClass ||
           kind == Kind::PersistentVolumeClaim || kind == Kind::PersistentVolume || kind == Kind::StorageClass ||
           kind == Kind::Event;
  }

 private:
  static bool is_settled(const Entry& entry) {
    return entry.availability == informers::Availability::Synced ||
           entry.availability == informers::Availability::Absent ||
           entry.availability == informers::Availability::Forbidden;
  }
  bool any_synced() const {
    for (const Entry& entry : entries_) {
      if (entry.ever_synced) return true;
    }
    return false;
  }
  Entry* find(const informers::Target& target) {
    for (Entry& entry : entries_) {
      if (entry.target == target) return &entry;
    }
    return nullptr;
  }

  std::vector<Entry> entries_;
  std::optional<objects::Instant> failing_since_;
  bool open_ = false;
};

}  // namespace snaptrail::controller
