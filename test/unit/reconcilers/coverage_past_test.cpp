#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>

#include "reconcilers/coverage/past.hpp"

using namespace snaptrail;
using namespace snaptrail::reconcilers;
using objects::Kind;
using objects::ObjectRecord;
using objects::Operation;
using objects::OperationEnd;
using objects::Outcome;

namespace {

constexpr objects::Millis kHour{3'600'000};

objects::Uid uid(int number) {
  return *objects::Uid::parse("00000000-0000-0000-0000-" + std::to_string(100000000000 + number));
}
objects::Instant hour(int number) { return objects::Instant(objects::Millis(1'700'000'000'000)) + number * kHour; }

/// The content of snapshot `handle`, cut in that hour from volume vol-1, first seen with it.
ObjectRecord content(const std::string& handle, int cut) {
  ObjectRecord made;
  made.kind = Kind::VolumeSnapshotContent;
  made.uid = uid(cut + 500);
  made.state = objects::State::Ready;
  made.ready = objects::Ready::True;
  made.was_ready = true;
  made.driver = "csi.example.com";
  made.volume_handle = "vol-1";
  made.snapshot_handle = handle;
  made.first_seen = made.since = hour(cut);
  made.cut = hour(cut);
  return made;
}

ObjectRecord ended(ObjectRecord record, Outcome outcome, int at) {
  record.state = objects::State::Deleted;
  record.outcome = outcome;
  record.since = hour(at);
  return record;
}

ObjectRecord of_backup(ObjectRecord record, const std::string& backup) {
  record.initiator = objects::Initiator{"velero", backup, ""};
  return record;
}

Operation backup(const std::string& name, int created) {
  Operation made;
  made.kind = Kind::Backup;
  made.ns = "velero";
  made.name = name;
  made.created = hour(created);
  return made;
}

Operation copy_of_data(int created, int completed) {
  Operation made;
  made.kind = Kind::DataUpload;
  made.ns = "velero";
  made.phase = "Completed";
  made.copy = "kopia-1";
  made.claim_ns = "shop";
  made.claim = "data";
  made.created = hour(created);
  made.completed = hour(completed);
  return made;
}

/// The moment of hour `at`, with a claim that is watched from hour 0 on and may have points 10 h old.
class Moment {
 public:
  explicit Moment(int at, objects::MaybeInstant hole = {}) : past_(hour(at), hole) {
    ObjectRecord volume;
    volume.kind = Kind::PersistentVolume;
    volume.uid = uid(2);
    volume.claim_uid = uid(1);
    volume.driver = "csi.example.com";
    volume.volume_handle = "vol-1";
    past_.volume(volume);
  }
  Moment& content(const ObjectRecord& record, objects::MaybeInstant ready = {}) {
    past_.content(record, ready);
    return *this;
  }
  Moment& operation(const Operation& operation) {
    past_.operation(operation);
    return *this;
  }
  ClaimCoverage claim() const {
    ObjectRecord record;
    record.kind = Kind::PersistentVolumeClaim;
    record.uid = uid(1);
    record.ns = "shop";
    record.name = "data";
    record.state = objects::State::Bound;
    record.first_seen = hour(0);
    RpoTarget target;
    target.limit = 10 * kHour;
    auto its = past_.claim(record, target);
    REQUIRE(its);
    return *its;
  }
  const PastCoverage& past() const { return past_; }

 private:
  PastCoverage past_;
};

std::string last_of(const ClaimCoverage& claim) { return claim.last ? claim.last->handle : "none"; }
std::string end_of(const ClaimCoverage& claim) {
  return claim.ended ? claim.ended->point.handle + " " + std::string(to_string(claim.ended->end)) : "none";
}

}  // namespace

TEST_CASE("a snapshot counts from when it was seen ready, not before", "[coverage][past]") {
  const auto then = [](int at) {
    return Moment(at).content(content("h1", 3)).content(content("h2", 8), hour(9)).claim();
  };
  CHECK(last_of(then(2)) == "none");
  CHECK(last_of(then(3)) == "h1");
  CHECK(last_of(then(8)) == "h1");
  CHECK(last_of(then(9)) == "h2");
  CHECK(then(9).points == 2);
}

TEST_CASE("what was destroyed later counted until then", "[coverage][past]") {
  const auto then = [](int at) { return Moment(at).content(ended(content("h1", 3), Outcome::Destroyed, 6)).claim(); };
  CHECK(last_of(then(5)) == "h1");
  CHECK(last_of(then(6)) == "none");
  CHECK(end_of(then(6)) == "h1 Destroyed");
  CHECK(Moment(7).content(ended(content("h1", 3), Outcome::Retained, 6)).claim().points == 1);
  CHECK(end_of(Moment(7).content(ended(content("h1", 3), Outcome::Leaked, 6)).claim()) == "h1 Leaked");
}

TEST_CASE("an imported content of the same handle ends it too, and a handle that is given anew counts again",
          "[coverage][past]") {
  auto imported = ended(content("h1", 5), Outcome::Destroyed, 6);
  imported.pre_provisioned = true;
  const auto then = [&](int at) {
    return Moment(at).content(content("h1", 3)).content(imported).content(content("h1", 8)).claim();
  };
  CHECK(then(5).points == 1);
  CHECK(last_of(then(7)) == "none");
  CHECK(last_of(then(8)) == "h1");
}

TEST_CASE(
    "a Backup's points end when it expires or goes with all that belongs to it, not when its object is taken away",
    "[coverage][past]") {
  auto its = backup("nightly", 2);
  its.expires = hour(9);
  const auto with = [](const Operation& operation, int at) {
    return Moment(at).operation(operation).content(of_backup(content("h1", 3), "nightly")).claim();
  };
  CHECK(last_of(with(its, 8)) == "h1");
  CHECK(end_of(with(its, 9)) == "h1 BackupExpired");
  its.expires = {};
  its.gone = hour(6);
  its.end = OperationEnd::Deleted;
  CHECK(last_of(with(its, 5)) == "h1");
  CHECK(end_of(with(its, 6)) == "h1 BackupDeleted");
  its.end = OperationEnd::Removed;
  CHECK(last_of(with(its, 7)) == "h1");
}

TEST_CASE("a Backup of the same name from another time ends nothing", "[coverage][past]") {
  auto earlier = backup("nightly", 0);
  earlier.gone = hour(2);
  earlier.end = OperationEnd::Deleted;
  CHECK(last_of(Moment(8)
                    .operation(earlier)
                    .operation(backup("nightly", 3))
                    .content(of_backup(content("h1", 3), "nightly"))
                    .claim()) == "h1");
}

TEST_CASE("a copy of data counts from its end on, until it goes, for the claim that it names", "[coverage][past]") {
  auto gone = copy_of_data(3, 4);
  gone.gone = hour(7);
  gone.end = OperationEnd::Removed;
  CHECK(last_of(Moment(3).operation(gone).claim()) == "none");
  CHECK(last_of(Moment(4).operation(gone).claim()) == "kopia-1");
  CHECK(Moment(4).operation(gone).claim().last->cut == hour(3));
  CHECK(end_of(Moment(7).operation(gone).claim()) == "kopia-1 CopyGone");
  auto anothers = copy_of_data(3, 4);
  anothers.claim_uid = uid(77);
  CHECK(last_of(Moment(5).operation(anothers).claim()) == "none");
}

TEST_CASE("of a moment is judged as of now: by the target, and by how long the claim had been watched",
          "[coverage][past]") {
  CHECK(Moment(9).claim().status == CoverageStatus::Unknown);
  CHECK(Moment(11).claim().status == CoverageStatus::Never);
  CHECK(Moment(12).content(content("h1", 3)).claim().status == CoverageStatus::Covered);
  CHECK(Moment(14).content(content("h1", 3)).claim().status == CoverageStatus::Missed);
  const auto after_a_hole = Moment(14, hour(12)).content(content("h1", 3)).claim();
  CHECK(after_a_hole.status == CoverageStatus::Unknown);
  CHECK(after_a_hole.watched == hour(12));
}

TEST_CASE("a claim without a CSI volume of that time is not assessed", "[coverage][past]") {
  ObjectRecord other;
  other.kind = Kind::PersistentVolumeClaim;
  other.uid = uid(9);
  CHECK_FALSE(Moment(5).past().claim(other, {}));
}
