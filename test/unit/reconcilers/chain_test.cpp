#include "reconcilers/chain.hpp"

#include <catch2/catch_test_macros.hpp>

#include "cluster.hpp"

using namespace snaptrail;

TEST_CASE("a snapshot of a claim and its content share the snapshot's uid as chain", "[chain]") {
  CHECK(reconcilers::chain_of(test::snapshot()) == test::uid(1).str());
  CHECK(reconcilers::chain_of(test::content()) == test::uid(1).str());
}

TEST_CASE("a pre-provisioned pair knows its chain whichever is seen first", "[chain]") {
  auto snapshot = test::snapshot();
  snapshot.source_content = "content-1";
  auto content = test::content();
  content.source_snapshot_handle = "h";
  content.snapshot.uid = {};
  CHECK(reconcilers::chain_of(snapshot) == reconcilers::chain_of(content));
  // Python: uuid.uuid5(uuid.UUID("8f6f5b0a-2f1b-5a53-9d52-3d6d7b1c4e10"), "a/b/c")
  CHECK(reconcilers::pre_provisioned_chain("a", "b", "c") == "072f6e13-96da-58af-bbd5-ab44c98ab728");
}
