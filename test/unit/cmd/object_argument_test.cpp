#include "cmd/snaptrail/object_argument.hpp"

#include <catch2/catch_test_macros.hpp>

#include "cmd/snaptrail/commands.hpp"
#include "objects/kind_argument.hpp"

using namespace snaptrail;
using namespace snaptrail::cmd;

TEST_CASE("a kind is known by every name that kubectl knows it by", "[kind_argument]") {
  for (const char* text : {"vs", "VS", "volumesnapshot", "VolumeSnapshot", "volumesnapshots",
                           "volumesnapshots.snapshot.storage.k8s.io", "vs.snapshot.storage.k8s.io"}) {
    CAPTURE(text);
    CHECK(objects::kind_of_argument(text) == objects::Kind::VolumeSnapshot);
  }
  CHECK(objects::kind_of_argument("vsc") == objects::Kind::VolumeSnapshotContent);
  CHECK(objects::kind_of_argument("pvc") == objects::Kind::PersistentVolumeClaim);
  CHECK(objects::kind_of_argument("pv") == objects::Kind::PersistentVolume);
  for (const char* text : {"vgs", "volumegroupsnapshot", "volumegroupsnapshots.groupsnapshot.storage.k8s.io"}) {
    CAPTURE(text);
    CHECK(objects::kind_of_argument(text) == objects::Kind::VolumeGroupSnapshot);
  }
  for (const char* text : {"vgsc", "vgscs", "volumegroupsnapshotcontent"}) {
    CAPTURE(text);
    CHECK(objects::kind_of_argument(text) == objects::Kind::VolumeGroupSnapshotContent);
  }
  for (const char* text : {"", "pod", "vs.", "backups.example.com", "volumesnapshot s", "vs/x"}) {
    CAPTURE(text);
    CHECK_FALSE(objects::kind_of_argument(text));
  }
}

TEST_CASE("an object is named as kubectl's arguments name it", "[object_argument]") {
  const auto read = [](const char* text, const char* kind = "") {
    const ObjectArgument object = parse_object(text, kind);
    return object.kind + "|" + object.name;
  };
  CHECK(read("") == "|");
  CHECK(read("nightly") == "|nightly");
  CHECK(read("pvc") == "PersistentVolumeClaim|");
  CHECK(read("vs/nightly") == "VolumeSnapshot|nightly");
  CHECK(read("pvc/pvc") == "PersistentVolumeClaim|pvc");
  CHECK(read("pvc", "vs") == "VolumeSnapshot|pvc");
  CHECK(read("vs/nightly", "volumesnapshots") == "VolumeSnapshot|nightly");
}

TEST_CASE("what names no object is a usage error", "[object_argument]") {
  for (const auto& [text, kind] : {std::pair{"pod/x", ""}, {"vs/", ""}, {"/x", ""}, {"x", "pod"}, {"vs/x", "pvc"}}) {
    CAPTURE(text, kind);
    try {
      parse_object(text, kind);
      FAIL("taken");
    } catch (const Failure& failure) {
      CHECK(failure.code() == kUsage);
    }
  }
}
