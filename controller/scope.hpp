#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "controller/config.hpp"
#include "informers/intake.hpp"
#include "objects/types.hpp"

namespace snaptrail::controller {

using Namespaces = std::set<std::string, std::less<>>;

/// How a resource is followed where not all of the cluster is.
enum class Spread : std::uint8_t {
  Cluster,     ///< one stream: it belongs to no namespace, or is small and watched whole where that is allowed (leases)
  Referring,   ///< one stream as well; of its objects those that refer to a followed namespace
  Namespaced,  ///< a stream in each followed namespace
  Velero,      ///< one stream in Velero's own namespace
  Default,     ///< one stream in namespace `default`: events about what belongs to no namespace are there
};
Spread spread_of(const informers::Target& resource);

/// The namespace by which an object is followed: its own, or the one that it refers to; empty where there is none.
template <class T>
std::string_view namespace_of(const T& object) {
  if constexpr (std::is_same_v<T, objects::VolumeSnapshotContent>) {
    return object.snapshot.ns.get();
  } else if constexpr (std::is_same_v<T, objects::PersistentVolume>) {
    return object.claim.ns.get();
  } else if constexpr (std::is_same_v<T, objects::VolumeGroupSnapshotContent>) {
    return object.group_snapshot.ns.get();
  } else {
    return object.meta.ns.get();
  }
}

/// Which namespaces are followed: all of the cluster, those that are named, or those whose labels match a selector. Pure; the clock is
/// an argument.
class Scope {
 public:
  /// A namespace that ceases to match is followed this much longer: the streams are independent, so that a deleted namespace may go
  /// before the ends of its objects have been delivered.
  static constexpr objects::Millis kLinger{30'000};

  struct Change {
    std::vector<std::string> added;
    std::vector<std::string> removed;
    bool first = false;  ///< until now it was not known which namespaces match
    bool empty() const { return added.empty() && removed.empty() && !first; }
  };

  Scope() = default;  ///< the whole cluster
  static Scope of_config(const Config& config);
  static Scope named(const std::vector<std::string>& namespaces, std::string velero_namespace = "velero");
  /// By a selector on Namespaces, which the API server evaluates: matched() tells what came of it.
  static Scope selected(std::string selector, std::string velero_namespace = "velero");

  bool is_whole() const { return mode_ == Mode::Whole; }
  bool is_selected() const { return mode_ == Mode::Selected; }
  /// False: a selector's namespaces have not been listed yet.
  bool is_known() const { return known_; }
  bool has(std::string_view ns) const { return is_whole() || namespaces_.contains(ns); }
  const Namespaces& namespaces() const { return namespaces_; }

  /// What is to be followed of a resource: itself, or one target for each namespace.
  std::vector<informers::Target> streams(const informers::Target& resource) const;
  /// Whether a stream is one of them.
  bool follows(const informers::Target& stream) const;
  /// Whether an object of a stream belongs to what is followed: contents and volumes by the namespace that they refer to.
  bool concerns(const objects::Object& object) const;
  /// The namespaces that match now; those that no longer do are left kLinger later, by advance().
  Change matched(const Namespaces& matching, objects::Instant now);
  Change advance(objects::Instant now);
  std::optional<objects::Instant> next() const;

  /// Of a resource that can't be seen: what to configure; empty where nothing helps but the right itself.
  std::string advice(const informers::Target& target, informers::Availability availability) const;

 private:
  enum class Mode : std::uint8_t { Whole, Named, Selected };

  Mode mode_ = Mode::Whole;
  bool known_ = true;
  Namespaces namespaces_;
  std::string selector_;
  std::string velero_ = "velero";
  std::map<std::string, objects::Instant, std::less<>> leaving_;  ///< when each is left
};

/// Whether a kind with states was followed in a namespace (empty: the whole cluster) by an earlier run that left positions of these streams.
bool was_followed(objects::Kind kind, std::string_view ns, const std::set<std::string>& streams);

}  // namespace snaptrail::controller
