#include "reconcilers/actor.hpp"

#include <catch2/catch_test_macros.hpp>

#include "cluster.hpp"

using namespace snaptrail;
using reconcilers::actor_of;

namespace {
objects::FieldsEntry entry(const char* manager, std::uint64_t fields, int second) {
  return {objects::Symbol(manager), 1, fields, test::at(second)};
}
}  // namespace

TEST_CASE("the manager whose entry is new wrote the change", "[actor]") {
  objects::Meta before, after;
  before.managed_fields = {entry("velero", 1, 1)};
  after.managed_fields = {entry("velero", 1, 1), entry("snapshot-controller", 2, 5)};
  const auto actor = actor_of(&before, after);
  REQUIRE(actor);
  CHECK(actor->manager == "snapshot-controller");
  CHECK(*actor->time == test::at(5));
}

TEST_CASE("a second write within the same second shows by its fields", "[actor]") {
  objects::Meta before, after;
  before.managed_fields = {entry("velero", 1, 1)};
  after.managed_fields = {entry("velero", 9, 1)};
  CHECK(actor_of(&before, after)->manager == "velero");
}

TEST_CASE("a stamp that did not move dates nothing: fields may just have been removed", "[actor]") {
  objects::Meta before, after;
  before.managed_fields = {entry("snapshot-controller", 1, 1), entry("velero", 1, 1)};
  after.managed_fields = {entry("snapshot-controller", 9, 1), entry("velero", 1, 1)};
  const auto actor = actor_of(&before, after);
  REQUIRE(actor);
  CHECK(actor->manager == "snapshot-controller");
  CHECK_FALSE(actor->time);
}

TEST_CASE("of several entries of one manager only those that were stamped anew date the change", "[actor]") {
  auto status = entry("snapshot-controller", 3, 8);
  status.scope = 2;
  objects::Meta before, after;
  before.managed_fields = {entry("snapshot-controller", 1, 9), status};
  status.fields = 4;
  status.time = test::at(12);
  after.managed_fields = {entry("snapshot-controller", 2, 9), status};
  CHECK(*actor_of(&before, after)->time == test::at(12));
}

TEST_CASE("two managers at once, or none, give no actor", "[actor]") {
  objects::Meta before, after;
  CHECK_FALSE(actor_of(&before, after));
  after.managed_fields = {entry("a", 1, 1), entry("b", 1, 1)};
  CHECK_FALSE(actor_of(&before, after));
  CHECK_FALSE(actor_of(&after, after));
}

TEST_CASE("at first sight one manager alone is the actor", "[actor]") {
  objects::Meta meta;
  meta.managed_fields = {entry("velero", 1, 1), entry("velero", 2, 4)};
  CHECK(actor_of(nullptr, meta)->manager == "velero");
  meta.managed_fields.push_back(entry("kubectl", 2, 4));
  CHECK_FALSE(actor_of(nullptr, meta));
}
