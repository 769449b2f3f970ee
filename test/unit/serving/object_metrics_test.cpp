#include "serving/object_metrics.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <string>

#include "fakes.hpp"

using namespace snaptrail::serving;
using namespace snaptrail::serving::test;
using namespace snaptrail::objects;

namespace {

VolumeSnapshot snapshot(const std::string& ns, const std::string& name) {
  VolumeSnapshot made;
  made.meta.ns = ns;
  made.meta.name = name;
  return made;
}

VolumeSnapshot full_snapshot() {
  VolumeSnapshot made = snapshot("mongo", "nightly");
  made.meta.uid = *Uid::parse("11111111-1111-4111-8111-111111111111");
  made.meta.created = at(1'700'000'000'000);
  made.meta.deleted = at(1'700'000'500'000);
  made.class_name = "csi-class";
  made.source_claim = "data";
  made.ready = Ready::True;
  made.cut = at(1'700'000'003'250);
  made.restore_size = 1 << 30;
  made.error.present = true;
  return made;
}

VolumeSnapshotContent full_content() {
  VolumeSnapshotContent made;
  made.meta.name = "snapcontent-1";
  made.meta.created = at(1'700'000'000'000);
  made.policy = DeletionPolicy::Retain;
  made.driver = "ebs.csi.aws.com";
  made.class_name = "csi-class";
  made.snapshot.ns = "mongo";
  made.snapshot.name = "nightly";
  made.snapshot_handle = "snap-1";
  made.ready = Ready::False;
  made.restore_size = 5;
  return made;
}

}  // namespace

TEST_CASE("a snapshot and its content have exactly the series of the convention", "[object metrics]") {
  FakeObjects source;
  source.snapshot_objects = {full_snapshot()};
  source.content_objects = {full_content()};
  std::string series;
  for (const std::string& line : lines_of(object_metrics(source, {}))) {
    if (!line.starts_with('#')) series += line + "\n";
  }
  CHECK(
      series ==
      R"(kube_volumesnapshot_info{namespace="mongo",volumesnapshot="nightly",uid="11111111-1111-4111-8111-111111111111",volumesnapshotclass="csi-class",source_persistentvolumeclaim="data"} 1
kube_volumesnapshot_status_ready_to_use{namespace="mongo",volumesnapshot="nightly"} 1
kube_volumesnapshot_created{namespace="mongo",volumesnapshot="nightly"} 1700000000
kube_volumesnapshot_deletion_timestamp{namespace="mongo",volumesnapshot="nightly"} 1700000500
kube_volumesnapshot_status_creation_timestamp_seconds{namespace="mongo",volumesnapshot="nightly"} 1700000003.250
kube_volumesnapshot_status_restore_size_bytes{namespace="mongo",volumesnapshot="nightly"} 1073741824
kube_volumesnapshot_status_error{namespace="mongo",volumesnapshot="nightly"} 1
kube_volumesnapshotcontent_info{volumesnapshotcontent="snapcontent-1",driver="ebs.csi.aws.com",volumesnapshotclass="csi-class",volumesnapshot="nightly",volumesnapshot_namespace="mongo"} 1
kube_volumesnapshotcontent_deletion_policy{volumesnapshotcontent="snapcontent-1",deletion_policy="Retain"} 1
kube_volumesnapshotcontent_status_handle_info{volumesnapshotcontent="snapcontent-1",snapshot_handle="snap-1"} 1
kube_volumesnapshotcontent_status_ready_to_use{volumesnapshotcontent="snapcontent-1"} 0
kube_volumesnapshotcontent_created{volumesnapshotcontent="snapcontent-1"} 1700000000
kube_volumesnapshotcontent_status_restore_size_bytes{volumesnapshotcontent="snapcontent-1"} 5
kube_volumesnapshotcontent_status_error{volumesnapshotcontent="snapcontent-1"} 0
snaptrail_object_metrics_suppressed 0
)");
}

TEST_CASE("readiness that the status does not tell is 0, other unknown values have no series", "[object metrics]") {
  FakeObjects source;
  source.snapshot_objects = {snapshot("a", "new")};
  const std::string text = object_metrics(source, {});
  CHECK(value_of(text, R"(kube_volumesnapshot_status_ready_to_use{namespace="a",volumesnapshot="new"})") == "0");
  CHECK(count_prefix(text, "kube_volumesnapshot_status_restore_size_bytes") == 0);
  CHECK(count_prefix(text, "kube_volumesnapshot_created") == 0);
}

TEST_CASE("series are grouped by metric and each has its HELP and TYPE once", "[object metrics]") {
  FakeObjects source;
  source.snapshot_objects = {snapshot("a", "x"), snapshot("b", "y")};
  const auto lines = lines_of(object_metrics(source, {}));
  CHECK(lines[0] == "# HELP kube_volumesnapshot_info Information about the volume snapshot.");
  CHECK(lines[1] == "# TYPE kube_volumesnapshot_info gauge");
  CHECK(lines[2].starts_with("kube_volumesnapshot_info{namespace=\"a\""));
  CHECK(lines[3].starts_with("kube_volumesnapshot_info{namespace=\"b\""));
  CHECK(lines[4].starts_with("# HELP kube_volumesnapshot_status_ready_to_use"));
}

TEST_CASE("beyond the cap no object is exported and that is said", "[object metrics]") {
  FakeObjects source;
  source.snapshot_objects = {snapshot("a", "x"), snapshot("b", "y")};
  const std::string text = object_metrics(source, {.max_objects = 1});
  CHECK(count_prefix(text, "kube_") == 0);
  CHECK(value_of(text, "snaptrail_object_metrics_suppressed") == "1");
}

TEST_CASE("without a cap every object is exported", "[object metrics]") {
  FakeObjects source;
  source.snapshot_objects = {snapshot("a", "x"), snapshot("b", "y")};
  const std::string text = object_metrics(source, {.max_objects = 0});
  CHECK(count_prefix(text, "kube_volumesnapshot_info") == 2);
  CHECK(value_of(text, "snaptrail_object_metrics_suppressed") == "0");
}

TEST_CASE("only the namespaces that are asked for are exported and counted against the cap", "[object metrics]") {
  FakeObjects source;
  source.snapshot_objects = {snapshot("mongo", "x"), snapshot("b", "y"), snapshot("c", "z")};
  source.content_objects = {full_content()};
  const std::string text = object_metrics(source, {.namespaces = {"mongo"}, .max_objects = 2});
  CHECK(count_prefix(text, "kube_volumesnapshot_info") == 1);
  CHECK(count_prefix(text, "kube_volumesnapshotcontent_info") == 1);
  CHECK(value_of(text, "snaptrail_object_metrics_suppressed") == "0");
}

TEST_CASE("switched off there is nothing", "[object metrics]") {
  CHECK(object_metrics(FakeObjects{}, {.enabled = false}).empty());
}

TEST_CASE("hostile names neither break a line nor make two series alike", "[object metrics]") {
  FakeObjects source;
  source.snapshot_objects = {snapshot("a", "x\"} 1\nevil 2"), snapshot("a", "\xff"), snapshot("a", "\xfe")};
  const std::string text = object_metrics(source, {});
  CHECK(count_prefix(text, "evil") == 0);
  CHECK(value_of(text, R"(kube_volumesnapshot_status_error{namespace="a",volumesnapshot="x\"} 1\nevil 2"})") == "0");
  CHECK(count_prefix(text, "kube_volumesnapshot_info") == 2);
}

TEST_CASE("the series of many objects come in pieces, each family in one group", "[object metrics]") {
  FakeObjects source;
  for (int i = 0; i < 5'000; ++i) {
    source.snapshot_objects.push_back(full_snapshot());
    source.snapshot_objects.back().meta.name = "nightly-" + std::to_string(i);
    source.content_objects.push_back(full_content());
    source.content_objects.back().meta.name = "snapcontent-" + std::to_string(i);
  }
  ObjectSeries series(source, {.max_objects = 0});
  std::string text;
  while (const auto piece = series.take()) {
    CHECK(!piece->empty());
    CHECK(piece->size() < SeriesTable::kPiece + 1'000);
    text += *piece;
  }
  CHECK(text == object_metrics(source, {.max_objects = 0}));
  std::map<std::string, int> count;
  std::string family;
  for (const std::string& line : lines_of(text)) {
    const std::string name = line.starts_with("# TYPE ") ? line.substr(7, line.rfind(' ') - 7) : "";
    if (!name.empty()) {
      CHECK_FALSE(count.contains(name));
      family = name;
    }
    if (line.starts_with('#')) continue;
    CHECK(line.substr(0, line.find_first_of("{ ")) == family);
    ++count[family];
  }
  CHECK(count.size() == 15);
  CHECK(count.at("kube_volumesnapshot_status_error") == 5'000);
  CHECK(count.at("kube_volumesnapshotcontent_status_handle_info") == 5'000);
}

TEST_CASE("families of which only some objects have a series say nothing of the others", "[object metrics]") {
  FakeObjects source;
  source.snapshot_objects = {snapshot("a", "first"), full_snapshot(), snapshot("a", "last")};
  const std::string text = object_metrics(source, {});
  CHECK(text.find(
            "kube_volumesnapshot_deletion_timestamp{namespace=\"mongo\",volumesnapshot=\"nightly\"} 1700000500\n") !=
        std::string::npos);
  CHECK(text.find("kube_volumesnapshot_deletion_timestamp{namespace=\"a\"") == std::string::npos);
  CHECK(text.find("kube_volumesnapshot_info{namespace=\"a\",volumesnapshot=\"last\"} 1\n") != std::string::npos);
}
