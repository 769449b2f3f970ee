#include <catch2/catch_test_macros.hpp>
#include <set>

#include "informers/intake.hpp"
#include "informers/request_path.hpp"

using namespace snaptrail::informers;
using namespace std::chrono_literals;
using snaptrail::objects::Kind;

TEST_CASE("the targets are every watched kind once, the events of three kinds, and polled leases", "[targets]") {
  std::set<std::string> names;
  std::set<Kind> kinds;
  std::set<std::string> selectors;
  for (const Target& target : all_targets()) {
    names.insert(target.name);
    kinds.insert(target.kind);
    if (target.kind == Kind::Event) {
      selectors.insert(target.field_selector);
    } else if (target.kind == Kind::Lease) {
      CHECK(target.field_selector == "metadata.namespace!=kube-node-lease");
    } else {
      CHECK(target.field_selector.empty());
    }
    CHECK(target.poll == (target.kind == Kind::Lease ? 60s : 0s));
  }
  CHECK(all_targets().size() == 25);
  CHECK(names.size() == 25);
  CHECK(kinds.size() == snaptrail::objects::kAllKinds.size());
  CHECK(selectors == std::set<std::string>{"involvedObject.kind=VolumeSnapshot",
                                           "involvedObject.kind=VolumeSnapshotContent",
                                           "involvedObject.kind=PersistentVolumeClaim"});
  CHECK(names.contains("events/PersistentVolumeClaim"));
  CHECK(names.contains("volumesnapshotcontents"));
}

TEST_CASE("an availability is written in lower case", "[targets]") {
  CHECK(to_string(Availability::Syncing) == "syncing");
  CHECK(to_string(Availability::Synced) == "synced");
  CHECK(to_string(Availability::Absent) == "absent");
  CHECK(to_string(Availability::Forbidden) == "forbidden");
  CHECK(to_string(Availability::Failing) == "failing");
}

TEST_CASE("a core kind is asked for below /api and its field selector is encoded on every page", "[request_path]") {
  const Target events{Kind::Event, "involvedObject.kind=PersistentVolumeClaim", "events/PersistentVolumeClaim"};
  CHECK(request_path(events, command::ListPage{500, ""}) ==
        "/api/v1/events?limit=500&fieldSelector=involvedObject.kind%3DPersistentVolumeClaim");
  CHECK(request_path(events, command::ListPage{500, "t k&n"}) ==
        "/api/v1/events?limit=500&continue=t%20k%26n&fieldSelector=involvedObject.kind%3DPersistentVolumeClaim");
  CHECK(request_path(events, command::Watch{"17", 321s}) ==
        "/api/v1/events?watch=true&allowWatchBookmarks=true&resourceVersion=17&timeoutSeconds=321"
        "&fieldSelector=involvedObject.kind%3DPersistentVolumeClaim");
  CHECK(request_path(events, command::Check{"17"}) ==
        "/api/v1/events?limit=1&resourceVersion=17&resourceVersionMatch=NotOlderThan");
}

TEST_CASE("a polled target is listed from the server's cache, a later page by its token alone", "[request_path]") {
  const Target leases{Kind::Lease, "metadata.namespace!=kube-node-lease", "leases", 60s};
  CHECK(request_path(leases, command::ListPage{500, ""}) ==
        "/apis/coordination.k8s.io/v1/leases?limit=500&resourceVersion=0"
        "&fieldSelector=metadata.namespace%21%3Dkube-node-lease");
  CHECK(request_path(leases, command::ListPage{500, "t"}) ==
        "/apis/coordination.k8s.io/v1/leases?limit=500&continue=t"
        "&fieldSelector=metadata.namespace%21%3Dkube-node-lease");
}

TEST_CASE("a stream of one namespace is asked for below it, and named by it", "[request_path]") {
  Target claims{Kind::PersistentVolumeClaim, "", "persistentvolumeclaims"};
  CHECK(stream_name(claims) == "persistentvolumeclaims");
  claims.ns = "shop";
  CHECK(request_path(claims, command::ListPage{500, ""}) == "/api/v1/namespaces/shop/persistentvolumeclaims?limit=500");
  CHECK(stream_name(claims) == "persistentvolumeclaims@shop");
  CHECK(stream_text(claims) == "persistentvolumeclaims namespace=shop");
}

TEST_CASE("a label selector is encoded in lists and watches, and no part of a question", "[request_path]") {
  Target namespaces{Kind::Namespace, "", "namespaces"};
  namespaces.label_selector = "team in (payments,shop)";
  const std::string selector = "&labelSelector=team%20in%20%28payments%2Cshop%29";
  CHECK(request_path(namespaces, command::ListPage{500, ""}) == "/api/v1/namespaces?limit=500" + selector);
  CHECK(request_path(namespaces, command::Watch{"17", 321s}) ==
        "/api/v1/namespaces?watch=true&allowWatchBookmarks=true&resourceVersion=17&timeoutSeconds=321" + selector);
  CHECK(request_path(namespaces, command::Check{"17"}).find("labelSelector") == std::string::npos);
}

TEST_CASE("a resource is asked for in the version that was found served", "[request_path]") {
  const Target groups{Kind::VolumeGroupSnapshot, "", "volumegroupsnapshots"};
  CHECK(request_path(groups, command::ListPage{500, ""}) ==
        "/apis/groupsnapshot.storage.k8s.io/v1/volumegroupsnapshots?limit=500");
  CHECK(request_path(groups, command::ListPage{500, ""}, "v1beta1") ==
        "/apis/groupsnapshot.storage.k8s.io/v1beta1/volumegroupsnapshots?limit=500");
  CHECK(request_path(groups, command::Check{"17"}, "v1beta2") ==
        "/apis/groupsnapshot.storage.k8s.io/v1beta2/volumegroupsnapshots?limit=1&resourceVersion=17"
        "&resourceVersionMatch=NotOlderThan");
  CHECK(request_path(groups, command::Watch{"17", 321s}, "v1beta1") ==
        "/apis/groupsnapshot.storage.k8s.io/v1beta1/volumegroupsnapshots?watch=true&allowWatchBookmarks=true"
        "&resourceVersion=17&timeoutSeconds=321");
}

TEST_CASE("a version that is no number goes back to the server as it came, encoded", "[request_path]") {
  const Target snapshots{Kind::VolumeSnapshot, "", "volumesnapshots"};
  CHECK(request_path(snapshots, command::Check{"a b\r\n&x=1"}) ==
        "/apis/snapshot.storage.k8s.io/v1/volumesnapshots?limit=1&resourceVersion=a%20b%0D%0A%26x%3D1"
        "&resourceVersionMatch=NotOlderThan");
}
