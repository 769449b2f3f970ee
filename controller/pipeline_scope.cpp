// Which namespaces the pipeline takes objects of, and what happens when that changes.

#include <algorithm>
#include <utility>

#include "controller/has_states.hpp"
#include "controller/pipeline.hpp"

namespace snaptrail::controller {

using informers::Availability;
using informers::Target;
using objects::Instant;
using objects::Kind;

/// Whether an object is followed. What refers to other namespaces is remembered as being there.
bool Pipeline::takes(const Target& target, const objects::Object& object, Instant at, bool gone) {
  if (!scope_.follows(target)) return false;
  if (scope_.is_whole()) return true;
  const objects::Meta& meta = objects::meta_of(object);
  const bool refers = spread_of(target) == Spread::Referring;
  const auto* volume = std::get_if<objects::PersistentVolume>(&object);
  // A volume whose claim was taken off stays in sight until another namespace has it.
  const bool known = volume && stores_.volumes.contains(meta.uid);
  if (scope_.concerns(object) || (known && (volume->claim.ns.get().empty() || gone))) {
    if (refers) stores_.elsewhere(target.kind).remove(meta.name);
    return true;
  }
  if (!refers) return false;
  if (known) {
    put_out_of_sight(*stores_.volumes.find(meta.uid));
    stores_.volumes.remove(meta.uid);
    plan_diagnosis(at);
  }
  gone ? stores_.elsewhere(target.kind).remove(meta.name) : stores_.elsewhere(target.kind).add(meta.name);
  return false;
}

/// The Namespaces changed: with a selector they are what is followed, else they tell which of the named ones is missing.
void Pipeline::note_namespaces(const Target& target, Instant at, bool complete) {
  if (target.kind != Kind::Namespace || scope_.is_whole()) return;
  if (!scope_.is_selected()) {
    if (!complete) return;
    std::vector<std::string> missing;
    std::ranges::copy_if(scope_.namespaces(), std::back_inserter(missing),
                         [this](const std::string& ns) { return !stores_.namespaces.find("", ns); });
    if (!missing.empty()) sink_.namespaces_missing(missing);
    return;
  }
  Namespaces matching;
  stores_.namespaces.for_each([&](const objects::Namespace& ns) { matching.insert(ns.meta.name); });
  change_scope(scope_.matched(matching, at), at);
}

void Pipeline::change_scope(const Scope::Change& change, Instant at) {
  if (change.empty()) return;
  for (const std::string& ns : change.removed) leave(ns);
  recall_places(change.added);
  spread_gate();
  diagnoser_.look_at_all();
  plan_diagnosis(at);
  sink_.scope_changed(change);
}

void Pipeline::spread_gate() {
  if (scope_.is_whole()) return;
  for (const Target& resource : options_.targets) {
    const auto streams = scope_.streams(resource);
    const bool known = scope_.is_known();
    gate_.spread(resource, streams, known ? Availability::Synced : Availability::Syncing,
                 known ? "no namespace is followed" : "waits for the namespaces that watch.namespaceSelector matches");
  }
}

/// Drops what `belongs` out of sight, and returns it.
template <class T, class Belongs>
std::vector<T> Pipeline::take_out(informers::Store<T>& store, const Belongs& belongs) {
  store.for_each([&](const T& object) {
    if (belongs(object)) put_out_of_sight(object);
  });
  return store.extract(belongs);
}

/// What belongs to a namespace that is followed no longer goes out of sight: nothing is said to be deleted.
void Pipeline::leave(const std::string& ns) {
  for (const Target& resource : options_.targets) {
    const Spread spread = spread_of(resource);
    if (spread != Spread::Namespaced && spread != Spread::Referring) continue;
    stores_.with_store(resource.kind, [&](auto& store) {
      for (const auto& last : take_out(store, [&](const auto& object) { return namespace_of(object) == ns; })) {
        if (spread == Spread::Referring) stores_.elsewhere(resource.kind).add(last.meta.name);
      }
      store.forget_lists(ns);
    });
    if (spread != Spread::Namespaced) continue;
    stores_.set_synced(resource.kind, false, ns);
  }
}

/// What was listed is of a history that is no more. It must not be classified: that waits until the new history is listed, if that
/// can be had.
void Pipeline::unlist(const Target& target) {
  drop_deferred(target);
  stores_.with_store(target.kind, [&](auto& store) {
    take_out(store, [&](const auto& object) { return target.ns.empty() || object.meta.ns.get() == target.ns; });
  });
  stores_.set_synced(target.kind, false, target.ns);
  gate_.note(target, Availability::Failing, "the API server's history went back");
}

template <class T>
void Pipeline::put_out_of_sight(const T& last) {
  if constexpr (has_states<T>) tracker_.out_of_sight(last);
  diagnoser_.gone(last);
}

/// What earlier runs followed in these namespaces: what is new there is news.
void Pipeline::recall_places(const std::vector<std::string>& namespaces) {
  for (const std::string& ns : namespaces) {
    for (const Target& resource : options_.targets) {
      if (was_followed(resource.kind, ns, options_.followed_before)) followed_.emplace(resource.kind, ns);
    }
  }
}

void Pipeline::note_followed(Kind kind, const std::string& ns) {
  followed_.emplace(kind, ns);
  if (ns.empty() && !scope_.is_whole()) {
    for (const std::string& one : scope_.namespaces()) followed_.emplace(kind, one);
  }
}

Pipeline::Place Pipeline::place_of(const objects::Row& row) const {
  if (scope_.is_whole()) return {*row.kind, {}};
  if (const auto content = stores_.contents.find(row.uid)) return {*row.kind, content->snapshot.ns.get()};
  if (const auto volume = stores_.volumes.find(row.uid)) return {*row.kind, volume->claim.ns.get()};
  return {*row.kind, row.ns};
}

const ledger::Position* Pipeline::position(const Target& stream) const {
  const auto found = positions_.find(informers::stream_name(stream));
  return found == positions_.end() ? nullptr : &found->second;
}

}  // namespace snaptrail::controller
