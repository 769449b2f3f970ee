// The fields that only diagnosis reads.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "decode_support.hpp"

using namespace snaptrail;
using namespace snaptrail::objects;
using informers::test::project;
using informers::test::when;

TEST_CASE("GitOps' marks of ownership and the object's own threshold are projected for every kind", "[projection]") {
  CHECK(project<VolumeSnapshot>(R"("labels":{"argocd.argoproj.io/instance":"shop"})", "").meta.gitops == "shop");
  CHECK(project<PersistentVolumeClaim>(R"("labels":{"kustomize.toolkit.fluxcd.io/name":"apps"})", "").meta.gitops ==
        "apps");
  CHECK(project<VolumeSnapshot>(R"("labels":{"app.kubernetes.io/instance":"shop"})", "").meta.gitops == "");
  CHECK(project<VolumeSnapshot>(R"("annotations":{"snaptrail.io/stuck-after":"45m"})", "").meta.stuck_after == "45m");
}

TEST_CASE("a snapshot's group is projected", "[projection]") {
  CHECK(project<VolumeSnapshot>("", R"("status":{"volumeGroupSnapshotName":"all"})").group == "all");
}

TEST_CASE("what kubectl was given tells whether a claim was meant to be restored from a snapshot", "[projection]") {
  const auto applied = [](const std::string& spec) {
    return project<PersistentVolumeClaim>(
               R"("annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{)" + spec + R"(}}\n"})",
               "")
        .applied_from_snapshot;
  };
  CHECK(applied(R"(\"dataSource\":{\"apiGroup\":\"snapshot.storage.k8s.io\",\"kind\":\"VolumeSnapshot\"})"));
  CHECK_FALSE(applied(R"(\"dataSource\":{\"kind\":\"PersistentVolumeClaim\"})"));
}

TEST_CASE("a Backup's expiry and timeout are projected; a timeout that is none is 0", "[projection]") {
  const auto of = [](const std::string& timeout) {
    return project<Backup>("", R"("spec":{"csiSnapshotTimeout":")" + timeout + R"("})").csi_snapshot_timeout;
  };
  CHECK(of("10m0s") == Millis(600'000));
  CHECK(of("1h30m0s") == Millis(5'400'000));
  for (const char* odd : {"", "10", "m", "1.5h", "ten minutes", "99999999h"}) CHECK(of(odd) == Millis(0));
  CHECK(when(project<Backup>("", R"("status":{"expiration":"2026-12-22T23:11:11Z"})").expires) ==
        "2026-12-22T23:11:11.000Z");
}
