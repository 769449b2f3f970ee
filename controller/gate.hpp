#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "informers/intake.hpp"

namespace snaptrail::controller {

/// Decides when classification may begin: once every target that it reads is synced, absent or forbidden. A target
/// that keeps failing is waited for, but not for ever: kPatience after the others. Where a resource is followed namespace by namespace
/// its streams count as one, which is as available as the worst of them. Pure; the clock is an argument.
class Gate {
 public:
  /// A server that fails for one kind only (a broken conversion webhook) must not blind us for all others.
  static constexpr objects::Millis kPatience{120'000};

  /// One stream of a resource.
  struct Part {
    informers::Availability availability = informers::Availability::Syncing;
    std::string why;
    bool ever_synced = false;
  };
  struct Entry {
    informers::Target target;
    informers::Availability availability = informers::Availability::Syncing;
    std::string why;
    bool ever_synced = false;
    std::map<std::string, Part, std::less<>> parts;  ///< by namespace; "": all of them
  };

  /// One stream for each resource, until spread() says otherwise.
  explicit Gate(std::vector<informers::Target> resources) {
    for (auto& resource : resources) {
      Entry& entry = entries_.emplace_back();
      entry.target = std::move(resource);
      entry.parts.emplace("", Part());
    }
  }

  /// The streams of a resource, by the targets that it is followed by; those that are known stay as they are. None: `availability`
  /// and `why` stand for them.
  void spread(const informers::Target& resource, const std::vector<informers::Target>& streams,
              informers::Availability availability = informers::Availability::Syncing, std::string_view why = {}) {
    Entry* entry = find(resource);
    if (!entry) return;
    std::map<std::string, Part, std::less<>> parts;
    for (const auto& stream : streams) parts[stream.ns] = entry->parts[stream.ns];
    entry->parts = std::move(parts);
    entry->availability = availability;
    entry->why = why;
    if (!entry->parts.empty()) summarise(*entry);
  }

  /// Notes a stream's availability.
  void note(const informers::Target& stream, informers::Availability availability, std::string_view why) {
    Entry* entry = find(stream);
    if (!entry) return;
    const auto found = entry->parts.find(stream.ns);
    if (found == entry->parts.end()) return;
    Part& part = found->second;
    part.availability = availability;
    part.why = why;
    if (availability == informers::Availability::Synced) part.ever_synced = entry->ever_synced = true;
    summarise(*entry);
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
  /// How much of a resource's availability one stream decides, the most first.
  static int weight(informers::Availability availability) {
    using informers::Availability;
    switch (availability) {
      case Availability::Syncing: return 4;
      case Availability::Failing: return 3;
      case Availability::Forbidden: return 2;
      case Availability::Absent: return 1;
      case Availability::Synced: break;
    }
    return 0;
  }
  /// The worst stream's availability, and who shares it.
  static void summarise(Entry& entry) {
    const auto worst = std::ranges::max_element(entry.parts, [](const auto& a, const auto& b) {
      return weight(a.second.availability) < weight(b.second.availability);
    });
    entry.availability = worst->second.availability;
    entry.why = worst->second.why;
    if (entry.parts.size() == 1 || entry.availability == informers::Availability::Synced) return;
    static constexpr std::size_t kNamed = 10;
    std::string where;
    std::size_t count = 0;
    for (const auto& [ns, part] : entry.parts) {
      if (part.availability == entry.availability && ++count <= kNamed) where += (count > 1 ? ", " : "") + ns;
    }
    if (count > kNamed) where += " and " + std::to_string(count - kNamed) + " more";
    const std::string of = (count > 1 ? "in namespaces " : "in namespace ") + where;
    entry.why = entry.why.empty() ? of : of + ": " + entry.why;
  }
  bool any_synced() const {
    for (const Entry& entry : entries_) {
      if (entry.ever_synced) return true;
    }
    return false;
  }
  Entry* find(const informers::Target& target) {
    const auto found =
        std::ranges::find_if(entries_, [&target](const Entry& entry) { return entry.target.name == target.name; });
    return found == entries_.end() ? nullptr : &*found;
  }

  std::vector<Entry> entries_;
  std::optional<objects::Instant> failing_since_;
  bool open_ = false;
};

}  // namespace snaptrail::controller
