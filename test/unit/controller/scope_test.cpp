#include "controller/scope.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <vector>

using namespace snaptrail;
using controller::Scope;
using informers::Availability;
using informers::Target;
using objects::Kind;

namespace {

using Names = std::vector<std::string>;

objects::Instant at(int second) { return objects::Instant{objects::Millis{second * 1000LL}}; }

const Target& target(std::string_view name) {
  for (const Target& one : informers::all_targets()) {
    if (one.name == name) return one;
  }
  FAIL("no target is called " << name);
  return informers::all_targets().front();
}

Names streams(const Scope& scope, std::string_view name) {
  Names names;
  for (const Target& stream : scope.streams(target(name))) names.push_back(informers::stream_name(stream));
  return names;
}

}  // namespace

TEST_CASE("the whole cluster is one stream a resource, and everything is of concern", "[scope]") {
  const Scope scope;
  for (const Target& resource : informers::all_targets()) CHECK(scope.streams(resource) == std::vector{resource});
  CHECK(scope.has("anything"));
  CHECK(scope.concerns(objects::VolumeSnapshotContent()));
}

TEST_CASE("of named namespaces each namespaced resource has a stream, what is of none has one", "[scope]") {
  const Scope scope = Scope::named({"b", "a"}, "openshift-adp");
  for (const char* name :
       {"volumesnapshots", "persistentvolumeclaims", "events/VolumeSnapshot", "events/PersistentVolumeClaim",
        "referencegrants", "volumegroupsnapshots", "nonadminbackups"}) {
    CAPTURE(name);
    CHECK(streams(scope, name) == Names{std::string(name) + "@a", std::string(name) + "@b"});
  }
  for (const char* name : {"volumesnapshotcontents", "persistentvolumes", "volumegroupsnapshotcontents",
                           "volumesnapshotclasses", "storageclasses", "csidrivers", "namespaces", "leases"}) {
    CAPTURE(name);
    CHECK(streams(scope, name) == Names{name});
  }
  CHECK(streams(scope, "backups") == Names{"backups@openshift-adp"});
  CHECK(streams(scope, "datauploads") == Names{"datauploads@openshift-adp"});
  CHECK(streams(scope, "events/VolumeSnapshotContent") == Names{"events/VolumeSnapshotContent@default"});
}

TEST_CASE("what belongs to no namespace is of concern by the one that it refers to", "[scope]") {
  const Scope scope = Scope::named({"shop"});
  objects::VolumeSnapshotContent content;
  objects::PersistentVolume volume;
  objects::VolumeGroupSnapshotContent group;
  objects::Namespace ns;
  CHECK_FALSE(scope.concerns(volume));
  for (const char* name : {"shop", "bank"}) {
    content.snapshot.ns = volume.claim.ns = group.group_snapshot.ns = objects::Symbol(name);
    ns.meta.name = name;
    const bool followed = std::string(name) == "shop";
    CHECK(scope.concerns(content) == followed);
    CHECK(scope.concerns(volume) == followed);
    CHECK(scope.concerns(group) == followed);
    CHECK(scope.concerns(ns) == followed);
  }
  CHECK(scope.concerns(objects::StorageClass()));
}

TEST_CASE("a selector follows nothing until the namespaces are known, and asks the server for those that match",
          "[scope]") {
  Scope scope = Scope::selected("team=payments");
  CHECK_FALSE(scope.is_known());
  CHECK(streams(scope, "volumesnapshots").empty());
  CHECK(scope.streams(target("namespaces")).front().label_selector == "team=payments");
  const auto change = scope.matched({"a", "b"}, at(1));
  CHECK(change.first);
  CHECK(change.added == Names{"a", "b"});
  CHECK(streams(scope, "volumesnapshots") == Names{"volumesnapshots@a", "volumesnapshots@b"});
}

TEST_CASE("that no namespace matches is known as well", "[scope]") {
  Scope scope = Scope::selected("team=payments");
  const auto change = scope.matched({}, at(1));
  CHECK(change.first);
  CHECK_FALSE(change.empty());
  CHECK(scope.is_known());
  CHECK(scope.matched({}, at(2)).empty());
}

TEST_CASE("a namespace that ceases to match is followed for a while, and not left if it matches again", "[scope]") {
  Scope scope = Scope::selected("team=payments");
  scope.matched({"a", "b"}, at(0));
  CHECK(scope.matched({"a"}, at(10)).empty());
  CHECK(scope.has("b"));
  CHECK(scope.next() == at(10) + Scope::kLinger);
  CHECK(scope.matched({"a", "b"}, at(20)).empty());
  CHECK_FALSE(scope.next());

  scope.matched({"b"}, at(30));
  CHECK(scope.advance(at(30) + Scope::kLinger - objects::Millis{1}).empty());
  const auto change = scope.advance(at(30) + Scope::kLinger);
  CHECK(change.removed == Names{"a"});
  CHECK_FALSE(scope.has("a"));
  CHECK_FALSE(scope.next());
  CHECK(scope.matched({"a", "b"}, at(90)).added == Names{"a"});
}

TEST_CASE("who is refused the whole cluster is told what to configure", "[scope]") {
  const auto advice = [](const Scope& scope, const char* name, Availability availability = Availability::Forbidden) {
    return scope.advice(target(name), availability);
  };
  CHECK(advice(Scope(), "volumesnapshots").find("watch.namespaces") != std::string::npos);
  CHECK(advice(Scope(), "backups").find("velero.namespace") != std::string::npos);
  CHECK(advice(Scope(), "persistentvolumes").empty());
  CHECK(advice(Scope(), "volumesnapshots", Availability::Absent).empty());
  CHECK(advice(Scope::named({"a"}), "volumesnapshots").empty());
  CHECK(advice(Scope::selected("a=b"), "namespaces").find("watch.namespaceSelector") != std::string::npos);
}

TEST_CASE("what earlier runs followed is known by their streams, the whole cluster's among them", "[scope]") {
  const auto followed = [](Kind kind, const char* ns, const std::set<std::string>& streams) {
    return controller::was_followed(kind, ns, streams);
  };
  CHECK(followed(Kind::VolumeSnapshot, "", {"volumesnapshots"}));
  CHECK_FALSE(followed(Kind::VolumeSnapshot, "", {"volumesnapshots@a"}));
  CHECK(followed(Kind::VolumeSnapshot, "a", {"volumesnapshots"}));
  CHECK(followed(Kind::VolumeSnapshot, "a", {"volumesnapshots@a"}));
  CHECK_FALSE(followed(Kind::VolumeSnapshot, "b", {"volumesnapshots@a"}));
  CHECK(followed(Kind::VolumeSnapshotContent, "a", {"volumesnapshotcontents", "volumesnapshots@a"}));
  CHECK_FALSE(followed(Kind::VolumeSnapshotContent, "b", {"volumesnapshotcontents", "volumesnapshots@a"}));
  CHECK(followed(Kind::PersistentVolume, "a", {"persistentvolumes", "persistentvolumeclaims@a"}));
  CHECK_FALSE(followed(Kind::PersistentVolume, "a", {"persistentvolumeclaims@a"}));
}
