// Velero's DataUploads and DataDownloads: what failed, and what nobody begins with.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <type_traits>

#include "patient.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using What = FindingChange::What;

namespace {

constexpr int kDay = 24 * 3'600;

objects::DataUpload upload(const std::string& phase, int n = 1, const std::string& claim = "data") {
  objects::DataUpload made;
  made.meta.uid = uid(900 + n);
  made.meta.ns = Symbol("velero");
  made.meta.name = "nightly-" + std::to_string(n);
  made.meta.created = at(n);
  made.phase = Symbol(phase);
  made.claim = {Symbol("shop"), claim, {}};
  made.snapshot = "snap-1";
  made.driver = Symbol(kDriver);
  return made;
}

objects::DataUpload failed(const std::string& message, int n = 1) {
  auto made = upload("Failed", n);
  made.completed = at(100);
  made.message = message;
  return made;
}

/// A cluster with data movers.
struct Moving : Patient {
  template <class T>
  void set(T object) {
    object.meta.resource_version = std::to_string(++version);
    if constexpr (std::is_same_v<T, objects::DataUpload>) {
      stores.data_uploads.upsert(T(object));
    } else {
      stores.data_downloads.upsert(T(object));
    }
    findings.changed(object);
  }
  std::string of_upload(int second, int n = 1) { return reasons(Kind::DataUpload, 900 + n, second); }
  /// `+Reason name`, `-Reason name` of what changed.
  std::string look(int second) {
    std::string text;
    for (const auto& change : findings.evaluate(at(second))) {
      if (!text.empty()) text += ", ";
      text += change.what == What::Began ? '+' : change.what == What::Ended ? '-' : '~';
      text += std::string(to_string(change.finding.reason)) + ' ' + change.finding.subject.name;
    }
    return text;
  }
};

}  // namespace

TEST_CASE("a DataUpload that failed has the code that its message tells, with the message", "[diagnosis][mover]") {
  Moving cluster;
  const std::string message = "error to expose snapshot: datauploads is forbidden: User \"velero\" cannot create pods";
  cluster.set(failed(message));
  CHECK(cluster.of_upload(101) == "RbacDenied");
  const Finding finding = cluster.first(Kind::DataUpload, 901, 101);
  CHECK(finding.category == Category::Error);
  CHECK(finding.subject.ns == "velero");
  CHECK(finding.driver == kDriver);
  CHECK(finding.since == at(100));
  REQUIRE(finding.evidence.size() == 3);
  CHECK(finding.evidence[0].text == "Failed");
  CHECK(finding.evidence[1].text == message);
  CHECK(finding.evidence[2].text == "shop/data");
  CHECK(finding.fix.command == "kubectl describe datauploads -n velero nightly-1");
}

TEST_CASE("what a message of a DataUpload doesn't tell of the driver alone is Unknown", "[diagnosis][mover]") {
  const std::string message = GENERATE("", "data path backup failed: something odd", "context deadline exceeded",
                                       "error to open repository: AccessDenied: Access Denied", "TooManyRequests");
  Moving cluster;
  cluster.set(failed(message));
  CHECK(cluster.of_upload(101) == "Unknown");
  CHECK(cluster.first(Kind::DataUpload, 901, 101).category == Category::Error);
}

TEST_CASE("a copy's failure stands for a day, or until a later one of its claim is Completed", "[diagnosis][mover]") {
  Moving cluster;
  cluster.findings.open(at(0), false);
  cluster.set(failed("odd"));
  CHECK(cluster.look(101) == "+Unknown nightly-1");
  SECTION("for a day") {
    CHECK(*cluster.findings.next() == at(100 + kDay));
    CHECK(cluster.look(100 + kDay) == "-Unknown nightly-1");
    CHECK(cluster.findings.size() == 0);
  }
  SECTION("another claim's copy is none of its claim") {
    cluster.set(upload("Completed", 2, "other"));
    CHECK(cluster.look(200) == "");
  }
  SECTION("one that was made before is no later one") {
    auto earlier = upload("Completed", 2);
    earlier.meta.created = at(0);
    cluster.set(earlier);
    CHECK(cluster.look(200) == "");
  }
  SECTION("until a later one is Completed") {
    cluster.set(upload("InProgress", 2));
    CHECK(cluster.look(200) == "");
    cluster.set(upload("Completed", 2));
    CHECK(cluster.look(300) == "-Unknown nightly-1");
  }
  SECTION("and no longer than the object does") {
    cluster.stores.data_uploads.remove(uid(901));
    cluster.findings.gone(failed("odd"));
    CHECK(cluster.look(200) == "-Unknown nightly-1");
  }
}

TEST_CASE("a copy that nobody begins with is stuck beyond the time for creating", "[diagnosis][mover]") {
  const std::string phase = GENERATE("", "New", "Accepted", "Prepared");
  Moving cluster;
  cluster.findings.open(at(0), false);
  cluster.set(upload(phase));
  CHECK(cluster.look(2) == "");
  CHECK(*cluster.findings.next() == at(301));
  CHECK(cluster.look(300) == "");
  CHECK(cluster.look(301) == "+Unknown nightly-1");
  const Finding finding = cluster.first(Kind::DataUpload, 901, 302);
  CHECK(finding.category == Category::Stuck);
  CHECK(finding.since == at(1));
  CHECK(finding.evidence.at(0).text == (phase.empty() ? "absent" : phase));
  CHECK(finding.fix.command == "kubectl get pods -n velero -o wide");
  cluster.set(upload("InProgress"));
  CHECK(cluster.look(310) == "-Unknown nightly-1");
}

TEST_CASE("a copy that waits for its turn, or for its snapshot, is not stuck", "[diagnosis][mover]") {
  Moving cluster;
  cluster.set(upload("Prepared"));
  SECTION("while another one is being copied") {
    cluster.set(upload("InProgress", 2, "other"));
    CHECK(cluster.of_upload(400) == "");
    auto done = upload("Completed", 2, "other");
    done.completed = at(500);
    cluster.set(done);
    CHECK(cluster.of_upload(799) == "");
    CHECK(cluster.of_upload(800) == "Unknown");
  }
  SECTION("while the snapshot isn't ready") {
    cluster.put(bound(), 1);
    CHECK(cluster.of_upload(400) == "");
    cluster.put(kept(), 500);
    cluster.put(ready(gold()), 500);
    CHECK(cluster.of_upload(501) == "Unknown");
  }
}

TEST_CASE("what waits for its turn is looked at again", "[diagnosis][mover]") {
  Moving cluster;
  cluster.findings.open(at(0), false);
  cluster.set(upload("New"));
  cluster.set(upload("InProgress", 2, "other"));
  CHECK(cluster.look(301) == "");
  CHECK(*cluster.findings.next() == at(601));
  cluster.set(upload("Canceled", 2, "other"));
  CHECK(cluster.look(601) == "+Unknown nightly-1");
}

TEST_CASE("a DataDownload is told of as a DataUpload is; what is over well or goes is not", "[diagnosis][mover]") {
  Moving cluster;
  objects::DataDownload download;
  download.meta.uid = uid(950);
  download.meta.ns = Symbol("velero");
  download.meta.name = "back-1";
  download.meta.created = at(1);
  download.phase = Symbol("Accepted");
  download.claim = {Symbol("shop"), "data", {}};
  cluster.set(download);
  CHECK(cluster.reasons(Kind::DataDownload, 950, 300) == "");
  CHECK(cluster.reasons(Kind::DataDownload, 950, 301) == "Unknown");
  download.phase = Symbol("Failed");
  download.completed = at(310);
  download.message = "data path restore failed: no space left on device";
  cluster.set(download);
  CHECK(cluster.reasons(Kind::DataDownload, 950, 311) == "OutOfResources");
  download.meta.deleted = at(320);
  cluster.set(download);
  CHECK(cluster.reasons(Kind::DataDownload, 950, 321) == "");
  for (const char* phase : {"InProgress", "Canceling", "Canceled", "Completed"}) {
    cluster.set(upload(phase));
    CHECK(cluster.of_upload(kDay) == "");
  }
}
