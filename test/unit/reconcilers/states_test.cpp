#include "reconcilers/states.hpp"

#include <catch2/catch_test_macros.hpp>

#include "cluster.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using objects::ClaimPhase;
using reconcilers::SourceCondition;
using reconcilers::state_of;

TEST_CASE("a VolumeSnapshot is what the first line that holds says", "[states]") {
  auto object = snapshot();
  CHECK(state_of(object, false) == State::Pending);
  object.bound_content = "content-1";
  CHECK(state_of(object, false) == State::Creating);
  object.ready = Ready::False;
  CHECK(state_of(object, false) == State::Creating);
  object.cut = at(1);
  CHECK(state_of(object, false) == State::Uploading);
  object.error.present = true;
  CHECK(state_of(object, false) == State::Error);
  CHECK(state_of(object, true) == State::Broken);
  object.ready = Ready::True;
  CHECK(state_of(object, true) == State::Ready);
  object.meta.deleted = at(2);
  CHECK(state_of(object, true) == State::Deleting);
}

TEST_CASE("a first sight of a snapshot whose content is said to be missing is Broken", "[states]") {
  auto object = snapshot();
  object.error = {true, "VolumeSnapshotContent is missing", {}};
  CHECK(reconcilers::counts_as_broken_at_first_sight(object));
  object.error.message = "VolumeSnapshotContent is not bound to the VolumeSnapshot correctly";
  CHECK(reconcilers::counts_as_broken_at_first_sight(object));
  object.error.message = "Failed to get snapshot class";
  CHECK_FALSE(reconcilers::counts_as_broken_at_first_sight(object));
}

TEST_CASE("a content is what the first line that holds says", "[states]") {
  auto object = content();
  CHECK(state_of(object, false) == State::Pending);
  object.being_created = true;
  CHECK(state_of(object, false) == State::Creating);
  object.snapshot_handle = "h";
  CHECK(state_of(object, false) == State::Uploading);  // being-created means nothing any more
  object.error.present = true;
  CHECK(state_of(object, false) == State::Error);
  object.ready = Ready::True;
  CHECK(state_of(object, false) == State::Ready);
  CHECK(state_of(object, true) == State::Orphaned);
  object.meta.deleted = at(2);
  CHECK(state_of(object, true) == State::Deleting);
}

TEST_CASE("only Velero's own pattern of names makes a content temporary", "[states]") {
  auto object = content();
  object.meta.name = "vsc-79cb4a24-cab6-4b23-9976-2e10cf645918";
  object.snapshot.ns = objects::Symbol("ns-79cb4a24-cab6-4b23-9976-2e10cf645918");
  CHECK(reconcilers::is_velero_temporary(object));
  object.snapshot.ns = objects::Symbol("shop");
  CHECK_FALSE(reconcilers::is_velero_temporary(object));
  object.meta.name = "vsc-1";
  object.snapshot.ns = objects::Symbol("ns-79cb4a24-cab6-4b23-9976-2e10cf645918");
  CHECK_FALSE(reconcilers::is_velero_temporary(object));
}

TEST_CASE("a restored claim waits, fails, provisions and binds in the table's order", "[states]") {
  auto claim = restore_claim();
  objects::StorageClass late_binding;
  late_binding.wait_for_first_consumer = true;
  const auto state = [&](SourceCondition source, const objects::StorageClass* storage_class, bool error) {
    return reconcilers::state_of_restore(claim, source, storage_class, error);
  };
  CHECK(state(SourceCondition::Absent, &late_binding, true) == State::WaitingForSnapshot);
  CHECK(state(SourceCondition::NotReady, nullptr, true) == State::WaitingForSnapshot);
  CHECK(state(SourceCondition::Ready, &late_binding, true) == State::WaitingForConsumer);
  CHECK(state(SourceCondition::Ready, nullptr, false) == State::Requested);
  claim.provisioner = objects::Symbol("csi.example.com");
  CHECK(state(SourceCondition::Ready, nullptr, false) == State::Provisioning);
  CHECK(state(SourceCondition::Ready, nullptr, true) == State::Error);
  claim.selected_node = true;
  CHECK(state(SourceCondition::Ready, &late_binding, false) == State::Provisioning);
  claim.phase = ClaimPhase::Bound;
  CHECK(state(SourceCondition::Absent, nullptr, true) == State::Bound);
  claim.phase = ClaimPhase::Lost;
  CHECK(state(SourceCondition::Absent, nullptr, true) == State::Lost);
  claim.meta.deleted = at(1);
  CHECK(state(SourceCondition::Ready, nullptr, false) == State::Deleting);
}

TEST_CASE("an update conflict of the provisioner is no failure of the restore", "[states]") {
  CHECK(reconcilers::is_provisioning_failure(claim_event("ProvisioningFailed", "rpc error: code = NotFound")));
  CHECK_FALSE(reconcilers::is_provisioning_failure(
      claim_event("ProvisioningFailed",
                  "Operation cannot be fulfilled: the object has been modified; please apply your changes to "
                  "the latest version and try again")));
  CHECK_FALSE(reconcilers::is_provisioning_failure(claim_event("Provisioning", "x")));
}

TEST_CASE("Ready to Error is a surprise, Creating to Ready is not", "[states]") {
  CHECK(reconcilers::is_ordinary_move(Kind::VolumeSnapshot, State::Creating, State::Ready));
  CHECK_FALSE(reconcilers::is_ordinary_move(Kind::VolumeSnapshot, State::Ready, State::Creating));
  CHECK(reconcilers::is_ordinary_move(Kind::PersistentVolumeClaim, State::Provisioning, State::Error));
  CHECK_FALSE(reconcilers::is_ordinary_move(Kind::PersistentVolumeClaim, State::Lost, State::Bound));
  CHECK(reconcilers::is_ordinary_move(Kind::VolumeSnapshotContent, State::Ready, State::Orphaned));
}
