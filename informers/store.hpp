#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "informers/cell.hpp"
#include "informers/ended_uids.hpp"
#include "informers/name_index.hpp"
#include "informers/resource_version.hpp"
#include "informers/unpacked_cache.hpp"
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
  objects::Held<T> object;    ///< what was taken; null if nothing was
};

/// The last known version of every object of one kind, by UID (identity) and by namespace and name. `T` has a `meta`
/// of type objects::Meta. Works in place: a re-list marks what it names and drops the rest, without a second copy.
/// Kinds with many objects are kept packed (informers/cell.hpp), and unpacked for who asks for one: what is given out is never
/// changed, and stays valid.
/// One strand; references that visitors get are valid until they return.
template <class T>
class Store {
 public:
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
    std::vector<T> gone = extract_if([ns, since, scratch = std::string()](const Cell<T>& cell) mutable {
      return cell.stamp.generation < since && (ns.empty() || cell.key(scratch).ns == ns);
    });
    for (const T& object : gone) note_end(object.meta.uid, resource_version);
    return gone;
  }

  /// Drops and returns the objects for which `leaves(const T&)`, by (namespace, name, UID).
  template <class Leaves>
  std::vector<T> extract(Leaves&& leaves) {
    return extract_if([&leaves, spare = T()](const Cell<T>& cell) mutable { return leaves(cell.read(spare)); });
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
  Change<T> upsert(T&& version) {
    const auto it = cells_.find(version.meta.uid);
    if (it == cells_.end()) {
      // Only a list is believed more than what ended it.
      const bool is_replay = ended_.is_replay(version.meta.uid, version.meta.resource_version);
      if (is_replay && !is_listed(version.meta.ns.get())) return {};
      const auto object = std::make_shared<const T>(std::move(version));
      auto added = Cell<T>::make(object, {generation_, history_});
      names_.add(*added);
      cells_.insert(Slot{std::move(added)});
      return {ChangeKind::Added, std::nullopt, object};
    }
    Stamp& stamp = it->cell->stamp;
    stamp.generation = generation_;
    const bool same_history = std::exchange(stamp.history, history_) == history_;
    if (same_history && !is_newer_or_other(version, *it->cell)) return {};
    const auto object = std::make_shared<const T>(std::move(version));
    auto taken = Cell<T>::make(object, stamp);
    names_.replace(*it->cell, *taken);
    return {ChangeKind::Modified, take(std::exchange(it->cell, std::move(taken))), object};
  }

  /// Drops an object and returns its last version; nullopt for one that is not there. `ended_at`: the resourceVersion of its end,
  /// after which older versions of it are replays; empty where it only goes out of sight.
  std::optional<T> remove(const objects::Uid& uid, std::string_view ended_at = {}) {
    const auto it = cells_.find(uid);
    note_end(uid, ended_at);
    if (it == cells_.end()) return std::nullopt;
    names_.remove(*it->cell);
    std::optional<T> removed(take(std::move(it->cell)));
    cells_.erase(it);
    return removed;
  }

  void clear() {
    unpacked_.clear();
    names_.clear();
    cells_.clear();
    relists_.clear();
    ended_.clear();
  }

  /// Null for one that is not there.
  objects::Held<T> find(const objects::Uid& uid) const {
    const auto it = cells_.find(uid);
    return it == cells_.end() ? nullptr : unpacked_.held(*it->cell);
  }

  /// The object of that name. Two UIDs share one while the old object's end is not known yet: then the
  /// one with the newest resourceVersion.
  objects::Held<T> find(std::string_view ns, std::string_view name) const {
    const Cell<T>* const newest = newest_of(ns, name);
    return newest ? unpacked_.held(*newest) : nullptr;
  }
  /// That object's UID; none if there is none. Cheaper than to find() it.
  objects::Uid uid_of(std::string_view ns, std::string_view name) const {
    const Cell<T>* const newest = newest_of(ns, name);
    return newest ? newest->uid() : objects::Uid();
  }

  /// Whether there is an object of that UID: cheaper than to find() it.
  bool contains(const objects::Uid& uid) const { return cells_.contains(uid); }

  /// Its resourceVersion; nullopt for one that is not there. Cheaper than to find() it.
  std::optional<std::string> version_of(const objects::Uid& uid) const {
    const auto it = cells_.find(uid);
    return it == cells_.end() ? std::nullopt : std::optional<std::string>(it->cell->resource_version());
  }

  /// Calls `visit(const T&)` for every object, in no particular order. `visit` must not change the store.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    T spare;
    for (const Slot& slot : cells_) visit(slot.cell->read(spare));
  }
  /// Calls `visit(UID, namespace, resourceVersion)` for every object, in no particular order: cheaper than for_each().
  template <class Visitor>
  void for_each_version(Visitor&& visit) const {
    std::string scratch;
    for (const Slot& slot : cells_) {
      const std::string version = slot.cell->resource_version();
      visit(slot.cell->uid(), slot.cell->key(scratch).ns, version);
    }
  }

  std::size_t size() const { return cells_.size(); }

  /// At which version an object ended, if that is remembered; else empty.
  std::string_view ended_at(const objects::Uid& uid) const { return ended_.ended_at(uid); }
  /// Whether all ends after that version are remembered.
  bool remembers_ends_after(std::string_view resource_version) const {
    return ended_.remembers_all_after(resource_version);
  }

 private:
  struct Slot {
    mutable typename Cell<T>::Ptr cell;  ///< another one of the same UID takes its place
  };
  struct UidHash {
    using is_transparent = void;
    std::size_t operator()(const objects::Uid& uid) const { return std::hash<objects::Uid>()(uid); }
    std::size_t operator()(const Slot& slot) const { return (*this)(slot.cell->uid()); }
  };
  struct UidEqual {
    using is_transparent = void;
    bool operator()(const Slot& a, const Slot& b) const { return a.cell->uid() == b.cell->uid(); }
    bool operator()(const objects::Uid& uid, const Slot& slot) const { return uid == slot.cell->uid(); }
    bool operator()(const Slot& slot, const objects::Uid& uid) const { return uid == slot.cell->uid(); }
  };

  /// The list of one namespace that is under way, or was the last one.
  struct Relist {
    std::uint32_t since = 0;  ///< generation that it began
    bool under_way = false;
    bool may_drop = false;
  };

  T take(typename Cell<T>::Ptr cell) {
    unpacked_.forget(*cell);
    return Cell<T>::take(std::move(cell));
  }

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
    for (auto it = cells_.begin(); it != cells_.end();) {
      const auto slot = it++;
      if (!leaves(std::as_const(*slot->cell))) continue;
      names_.remove(*slot->cell);
      gone.push_back(take(std::move(slot->cell)));
      cells_.erase(slot);
    }
    std::sort(gone.begin(), gone.end(), by_name);
    return gone;
  }

  static bool by_name(const T& a, const T& b) {
    return std::tie(a.meta.ns.get(), a.meta.name, a.meta.uid) < std::tie(b.meta.ns.get(), b.meta.name, b.meta.uid);
  }

  static bool is_newer_or_other(const T& object, const Cell<T>& than) {
    const auto compared = compare_resource_versions(object.meta.resource_version, than.resource_version());
    return compared == std::partial_ordering::greater || compared == std::partial_ordering::unordered;
  }

  const Cell<T>* newest_of(std::string_view ns, std::string_view name) const {
    const Cell<T>* newest = nullptr;
    names_.for_each_of({ns, name}, [&](const Cell<T>& cell) {
      if (!newest || newer(cell, *newest)) newest = &cell;
    });
    return newest;
  }
  static bool newer(const Cell<T>& a, const Cell<T>& b) {
    if (a.stamp.history != b.stamp.history) return a.stamp.history > b.stamp.history;
    const auto compared = compare_resource_versions(a.resource_version(), b.resource_version());
    if (compared != std::partial_ordering::unordered) return compared == std::partial_ordering::greater;
    return std::optional<objects::Instant>(a.created()) > std::optional<objects::Instant>(b.created());
  }

  boost::unordered_flat_set<Slot, UidHash, UidEqual> cells_;
  NameIndex<Cell<T>> names_;
  mutable UnpackedCache<T, Cell<T>> unpacked_;
  EndedUids ended_;
  std::uint32_t generation_ = 0;
  std::uint32_t history_ = 0;
  std::map<std::string, Relist, std::less<>> relists_;  ///< by namespace
};

}  // namespace snaptrail::informers
