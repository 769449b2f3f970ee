#include "controller/scope.hpp"

#include <utility>
#include <variant>

namespace snaptrail::controller {

using informers::Availability;
using informers::Target;
using objects::Kind;

Spread spread_of(const Target& resource) {
  const objects::Resource& api = objects::resource_of(resource.kind);
  switch (resource.kind) {
    case Kind::VolumeSnapshotContent:
    case Kind::PersistentVolume:
    case Kind::VolumeGroupSnapshotContent: return Spread::Referring;
    case Kind::Lease: return Spread::Cluster;
    case Kind::Event:
      return resource.field_selector == "involvedObject.kind=VolumeSnapshotContent" ? Spread::Default
                                                                                    : Spread::Namespaced;
    default: break;
  }
  if (api.group == "velero.io") return Spread::Velero;
  return api.namespaced ? Spread::Namespaced : Spread::Cluster;
}

Scope Scope::of_config(const Config& config) {
  const Config::Watch& watch = config.watch;
  if (!watch.selector.empty()) return selected(watch.selector, config.velero_namespace);
  return watch.namespaces.empty() ? Scope() : named(watch.namespaces, config.velero_namespace);
}

Scope Scope::named(const std::vector<std::string>& namespaces, std::string velero_namespace) {
  Scope scope;
  scope.mode_ = Mode::Named;
  scope.namespaces_.insert(namespaces.begin(), namespaces.end());
  scope.velero_ = std::move(velero_namespace);
  return scope;
}

Scope Scope::selected(std::string selector, std::string velero_namespace) {
  Scope scope;
  scope.mode_ = Mode::Selected;
  scope.known_ = false;
  scope.selector_ = std::move(selector);
  scope.velero_ = std::move(velero_namespace);
  return scope;
}

std::vector<Target> Scope::streams(const Target& resource) const {
  const Spread spread = spread_of(resource);
  const bool one = is_whole() || spread == Spread::Cluster || spread == Spread::Referring;
  if (one) {
    Target stream = resource;
    if (is_selected() && resource.kind == Kind::Namespace) stream.label_selector = selector_;
    return {std::move(stream)};
  }
  const Namespaces velero{velero_}, events{"default"};
  const Namespaces& where = spread == Spread::Velero ? velero : spread == Spread::Default ? events : namespaces_;
  std::vector<Target> each;
  for (const std::string& ns : where) {
    each.push_back(resource);
    each.back().ns = ns;
  }
  return each;
}

bool Scope::follows(const Target& stream) const {
  return is_whole() || stream.ns.empty() || spread_of(stream) != Spread::Namespaced || has(stream.ns);
}

bool Scope::concerns(const objects::Object& object) const {
  if (is_whole()) return true;
  // Of a selector's namespaces the server sends those that match, and one that lingers is still of concern.
  if (const auto* ns = std::get_if<objects::Namespace>(&object)) return is_selected() || has(ns->meta.name);
  const bool refers = std::holds_alternative<objects::VolumeSnapshotContent>(object) ||
                      std::holds_alternative<objects::PersistentVolume>(object) ||
                      std::holds_alternative<objects::VolumeGroupSnapshotContent>(object);
  return !refers || has(std::visit([](const auto& typed) { return namespace_of(typed); }, object));
}

Scope::Change Scope::matched(const Namespaces& matching, objects::Instant now) {
  Change change;
  change.first = !std::exchange(known_, true);
  for (const std::string& ns : matching) {
    leaving_.erase(ns);
    if (namespaces_.insert(ns).second) change.added.push_back(ns);
  }
  for (const std::string& ns : namespaces_) {
    if (!matching.contains(ns)) leaving_.try_emplace(ns, now + kLinger);
  }
  return change;
}

Scope::Change Scope::advance(objects::Instant now) {
  Change change;
  for (auto it = leaving_.begin(); it != leaving_.end();) {
    if (it->second > now) {
      ++it;
      continue;
    }
    namespaces_.erase(it->first);
    change.removed.push_back(it->first);
    it = leaving_.erase(it);
  }
  return change;
}

std::optional<objects::Instant> Scope::next() const {
  std::optional<objects::Instant> first;
  for (const auto& [ns, due] : leaving_) {
    if (!first || due < *first) first = due;
  }
  return first;
}

std::string Scope::advice(const Target& target, Availability availability) const {
  if (availability != Availability::Forbidden) return {};
  const Spread spread = spread_of(target);
  if (is_whole() && (spread == Spread::Namespaced || spread == Spread::Velero)) {
    return spread == Spread::Velero
               ? "where the right covers Velero's namespace only, name that in velero.namespace, and "
                 "the namespaces to follow in watch.namespaces"
               : "where the right covers some namespaces only, name them in watch.namespaces";
  }
  if (is_selected() && target.kind == Kind::Namespace) {
    return "watch.namespaceSelector needs the right to list and watch namespaces; without it name them in "
           "watch.namespaces";
  }
  return {};
}

bool was_followed(Kind kind, std::string_view ns, const std::set<std::string>& streams) {
  const std::string name(objects::resource_of(kind).plural);
  if (ns.empty()) return streams.contains(name);
  const auto followed_in = [&](Kind namespaced) {
    const std::string resource(objects::resource_of(namespaced).plural);
    return streams.contains(resource) || streams.contains(resource + '@' + std::string(ns));
  };
  if (kind == Kind::VolumeSnapshotContent) return streams.contains(name) && followed_in(Kind::VolumeSnapshot);
  if (kind == Kind::PersistentVolume) return streams.contains(name) && followed_in(Kind::PersistentVolumeClaim);
  return followed_in(kind);
}

}  // namespace snaptrail::controller
