#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "informers/ended_uids.hpp"
#include "informers/resource_version.hpp"
#include "objects/types.hpp"
#include "objects/uid.hpp"

namespace snaptrail::informers {

enum class ChangeKind : std::uint8_t {
  Added,      ///< a UID that was not there
  Modified,   ///< a newer version of one that was
  Unchanged,  ///< a duplicate, or an older version: not taken
};

/// What Store::upsert() did.
template <class T>
struct Change {
  ChangeKind kind = ChangeKind::Unchanged;
  std::optional<T> previous;  ///< the version before; for Modified only
  const T* object = nullptr;  ///< what the store holds now; valid until its next mutation
};

/// The last known version of every object of one kind, by UID (identity) and by namespace and name. `T` has a `meta`
/// of type objects::Meta. Works in place: a re-list marks what it names and drops the rest, without a second copy.
/// One strand; pointers and references given out are valid until the next mutation.
template <class T>
class Store {
 public:
  Store() = default;
  Store(Store&&) noexcept = default;
  Store& operator=(Store&&) noexcept = default;
  Store(const Store&) = delete;  // the index points into the objects
  Store& operator=(const Store&) = delete;

  /// A complete list begins, of one namespace or (`ns` empty) of all: what is upserted from now on is marked. A list that broke
  /// off begins again; lists of several namespaces may overlap.
  void begin_relist(std::string_view ns = {}) {
    const auto [relist, first] = relists_.try_emplace(std::string(ns));
    // What only a list of that namespace brings can't have been there before the first one: it need not look for what is gone.
    relist->second = {++generation_, true, ns.empty() || !first};
  }

  /// The list is complete, as of `resource_version`: drops and returns what it did not name, by (namespace, name, UID). Nothing
  /// without a begin_relist() before.
  std::vector<T> end_relist(std::string_view ns = {}, std::string_view resource_version = {}) {
    const auto relist = relists_.find(ns);
    if (relist == relists_.end() || !std::exchange(relist->second.under_way, false) || !relist->second.may_drop)
      return {};
    const std::uint32_t since = relist->second.since;
    std::vector<T> gone = extract_if([ns, since](const Entry& entry) {
      return entry.generation < since && (ns.empty() || entry.object.meta.ns.get() == ns);
    });
    for (const T& object : gone) note_end(object.meta.uid, resource_version);
    return gone;
  }

  /// Drops and returns the objects for which `leaves(const T&)`, by (namespace, name, UID).
  template <class Leaves>
  std::vector<T> extract(Leaves&& leaves) {
    return extract_if([&leaves](const Entry& entry) { return leaves(entry.object); });
  }
  /// That namespace is listed no more: the next list of it is its first one.
  void forget_lists(std::string_view ns) {
    if (const auto relist = relists_.find(ns); relist != relists_.end()) relists_.erase(relist);
  }

  /// The server's history went back: versions held so far can't be compared with those to come. Each object's next version is
  /// taken, whatever its number; what a list does not name is dropped as ever.
  void begin_history() {
    ++history_;
    ended_.clear();
  }

  /// Takes a version in, unless it is not newer than the one held (KEP-5504; versions that can't be ordered
  /// are duplicates only if equal), or from before the object's end. Even a version that is not taken counts as named by a re-list.
  Change<T> upsert(T&& object) {
    const auto it = entries_.find(object.meta.uid);
    if (it == entries_.end()) {
      const objects::Uid uid = object.meta.uid;
      // Only a list is believed more than what ended it.
      if (ended_.is_replay(uid, object.meta.resource_version) && !is_listed(object.meta.ns.get())) return {};
      Entry& added = entries_.emplace(uid, Entry{std::move(object), generation_, history_}).first->second;
      by_name_.insert(&added);
      return {ChangeKind::Added, std::nullopt, &added.object};
    }
    Entry& entry = it->second;
    entry.generation = generation_;
    const bool same_history = std::exchange(entry.history, history_) == history_;
    if (same_history && !is_newer_or_other(object, entry.object)) {
      return {ChangeKind::Unchanged, std::nullopt, &entry.object};
    }
    const bool renamed = key_of(object) != key_of(entry.object);  // no API server does that; the index must not rot
    if (renamed) unindex(entry);
    T previous = std::exchange(entry.object, std::move(object));
    if (renamed) by_name_.insert(&entry);
    return {ChangeKind::Modified, std::move(previous), &entry.object};
  }

  /// Drops an object and returns its last version; nullopt for one that is not there. `ended_at`: the resourceVersion of its end,
  /// after which older versions of it are replays; empty where it only goes out of sight.
  std::optional<T> remove(const objects::Uid& uid, std::string_view ended_at = {}) {
    const auto it = entries_.find(uid);
    note_end(uid, ended_at);
    if (it == entries_.end()) return std::nullopt;
    unindex(it->second);
    std::optional<T> removed(std::move(it->second.object));
    entries_.erase(it);
    return removed;
  }

  void clear() {
    by_name_.clear();
    entries_.clear();
    relists_.clear();
    ended_.clear();
  }

  const T* find(const objects::Uid& uid) const {
    const auto it = entries_.find(uid);
    return it == entries_.end() ? nullptr : &it->second.object;
  }

  /// The object of that name. Two UIDs share one while the old object's end is not known yet: then the
  /// one with the newest resourceVersion.
  const T* find(std::string_view ns, std::string_view name) const {
    const auto [begin, end] = by_name_.equal_range(Key{ns, name});
    const Entry* newest = nullptr;
    for (auto it = begin; it != end; ++it) {
      if (!newest || newer(**it, *newest)) newest = *it;
    }
    return newest ? &newest->object : nullptr;
  }

  /// Calls `visit(const T&)` for every object, in no particular order. `visit` must not change the store.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    for (const auto& [uid, entry] : entries_) visit(entry.object);
  }

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    T object;
    std::uint32_t generation;  ///< how many lists had begun when it was named last
    std::uint32_t history;     ///< that its resourceVersion belongs to
  };
  /// The list of one namespace that is under way, or was the last one.
  struct Relist {
    std::uint32_t since = 0;  ///< generation that it began
    bool under_way = false;
    bool may_drop = false;
  };
  using Key = std::pair<std::string_view, std::string_view>;

  void note_end(const objects::Uid& uid, std::string_view resource_version) {
    if (!resource_version.empty()) ended_.note(uid, resource_version);
  }

  /// A list of that namespace, or of all, is under way.
  bool is_listed(std::string_view ns) const {
    const auto under_way = [this](std::string_view of) {
      const auto relist = relists_.find(of);
      return relist != relists_.end() && relist->second.under_way;
    };
    return under_way({}) || under_way(ns);
  }

  template <class Leaves>
  std::vector<T> extract_if(Leaves&& leaves) {
    std::vector<T> gone;
    for (auto it = entries_.begin(); it != entries_.end();) {
      if (!leaves(it->second)) {
        ++it;
        continue;
      }
      unindex(it->second);
      gone.push_back(std::move(it->second.object));
      it = entries_.erase(it);
    }
    std::sort(gone.begin(), gone.end(), by_name);
    return gone;
  }

  static Key key_of(const T& object) { return {object.meta.ns.get(), object.meta.name}; }
  static Key key_of(const Entry* entry) { return key_of(entry->object); }
  static Key key_of(const Key& key) { return key; }

  struct NameHash {
    using is_transparent = void;
    template <class K>
    std::size_t operator()(const K& of) const {
      const Key key = key_of(of);
      const std::hash<std::string_view> hash;
      return hash(key.first) * 31 + hash(key.second);
    }
  };
  struct NameEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return key_of(a) == key_of(b);
    }
  };

  static bool by_name(const T& a, const T& b) {
    return std::pair(key_of(a), a.meta.uid) < std::pair(key_of(b), b.meta.uid);
  }

  static std::partial_ordering order(const T& a, const T& b) {
    return compare_resource_versions(a.meta.resource_version, b.meta.resource_version);
  }

  static bool is_newer_or_other(const T& a, const T& b) {
    const auto compared = order(a, b);
    return compared == std::partial_ordering::greater || compared == std::partial_ordering::unordered;
  }

  static bool newer(const Entry& a, const Entry& b) {
    if (a.history != b.history) return a.history > b.history;
    const auto compared = order(a.object, b.object);
    if (compared != std::partial_ordering::unordered) return compared == std::partial_ordering::greater;
    return std::optional<objects::Instant>(a.object.meta.created) >
           std::optional<objects::Instant>(b.object.meta.created);
  }

  /// Takes an entry out of the index by its key, while it still has its name.
  void unindex(const Entry& entry) {
    const auto [begin, end] = by_name_.equal_range(&entry);
    for (auto it = begin; it != end; ++it) {
      if (*it == &entry) {
        by_name_.erase(it);
        return;
      }
    }
  }

  std::unordered_map<objects::Uid, Entry> entries_;  // nodes: entries don't move when the table grows
  std::unordered_multiset<const Entry*, NameHash, NameEqual> by_name_;
  EndedUids ended_;
  std::uint32_t generation_ = 0;
  std::uint32_t history_ = 0;
  std::map<std::string, Relist, std::less<>> relists_;  ///< by namespace
};

}  // namespace snaptrail::informers
