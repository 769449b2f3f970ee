// The API server's documents as the doctor reads them.
#include "cmd/snaptrail/doctor_facts.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace snaptrail;
using namespace snaptrail::cmd;
using reconcilers::preflight::Sight;

namespace {

boost::json::object read(const char* text) { return boost::json::parse(text).as_object(); }

}  // namespace

TEST_CASE("discovery tells whether a group is served and in which versions, the preferred one first", "[doctor]") {
  const auto groups = read(R"({"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"version":"v1"}]},
      {"name":"snapshot.storage.k8s.io","versions":[{"groupVersion":"snapshot.storage.k8s.io/v1","version":"v1"},
      {"groupVersion":"snapshot.storage.k8s.io/v1beta1","version":"v1beta1"}]}]})");
  const auto found = api_group_in(groups, "snapshot.storage.k8s.io");
  CHECK(found.sight == Sight::Seen);
  CHECK(found.versions == std::vector<std::string>{"v1", "v1beta1"});
  CHECK(api_group_in(groups, "velero.io").sight == Sight::Absent);
  CHECK(api_group_in(read(R"({"groups":7})"), "apps").sight == Sight::Absent);
}

TEST_CASE("discovery's plurals are taken without subresources", "[doctor]") {
  reconcilers::preflight::ApiGroup group;
  read_plurals(read(R"({"resources":[{"name":"volumesnapshots"},{"name":"volumesnapshots/status"},{"name":3},null]})"),
               group);
  CHECK(group.plurals == std::set<std::string, std::less<>>{"volumesnapshots"});
}

TEST_CASE("a CRD's state is read from its conditions and versions", "[doctor]") {
  const auto crd = crd_in(read(R"({"metadata":{"name":"a.b","deletionTimestamp":"2026-11-22T12:00:00Z"},
      "spec":{"versions":[{"name":"v1","served":true,"storage":true},{"name":"v1beta1","served":false}]},
      "status":{"storedVersions":["v1beta1","v1"],"conditions":[{"type":"NamesAccepted","status":"True"},
      {"type":"Established","status":"True"}]}})"));
  CHECK(crd.name == "a.b");
  CHECK(crd.served == std::vector<std::string>{"v1"});
  CHECK(crd.stored == std::vector<std::string>{"v1beta1", "v1"});
  CHECK(crd.established);
  CHECK(crd.deleted);
  const auto odd =
      crd_in(read(R"({"metadata":[],"spec":{"versions":{}},"status":{"storedVersions":[1],"conditions":[2]}})"));
  CHECK_FALSE(odd.established);
  CHECK(odd.stored.empty());
}

TEST_CASE("the secrets that classes name are told by name and namespace, whole or by half", "[doctor]") {
  const auto found = secrets_in(read(R"({"items":[
      {"metadata":{"name":"a"},"parameters":{"csi.storage.k8s.io/snapshotter-secret-name":"s",
       "csi.storage.k8s.io/snapshotter-secret-namespace":"n","tag":"x"}},
      {"metadata":{"name":"b"},"parameters":{"csi.storage.k8s.io/snapshotter-list-secret-namespace":"n"}},
      {"metadata":{"name":"c"}},{"metadata":{"name":"d"},"parameters":null}]})"));
  REQUIRE(found.size() == 2);
  CHECK(found[0].class_name == "a");
  CHECK(found[0].name == "s");
  CHECK(found[0].ns == "n");
  CHECK(found[1].parameter == "csi.storage.k8s.io/snapshotter-list-secret-name");
  CHECK(found[1].name.empty());
}

TEST_CASE("annotations for Velero name classes, and for which driver", "[doctor]") {
  const auto found =
      named_classes_in(read(R"({"items":[{"metadata":{"namespace":"velero","name":"nightly","annotations":{
      "velero.io/csi-volumesnapshot-class_ebs.csi.aws.com":"oadp-example","velero.io/csi-volumesnapshot-classes":"no",
      "velero.io/csi-volumesnapshot-class":"plain","velero.io/csi-volumesnapshot-class_x":7,"other":"y"}}},
      {"metadata":{"name":"bare"}}]})"),
                       "Schedule");
  REQUIRE(found.size() == 2);
  CHECK(found[0].by == "Schedule velero/nightly");
  CHECK(found[0].class_name == "oadp-example");
  CHECK(found[0].driver == "ebs.csi.aws.com");
  CHECK(found[1].class_name == "plain");
  CHECK(found[1].driver.empty());
}
