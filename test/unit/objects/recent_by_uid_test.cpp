#include "objects/recent_by_uid.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace snaptrail;

namespace {

objects::Uid uid(std::uint8_t n) { return objects::Uid::from_bytes({n}); }

}  // namespace

TEST_CASE("the value that was put in first makes room, and a new one for a known uid makes none younger", "[recent]") {
  objects::RecentByUid<std::string> recent(2);
  CHECK_FALSE(recent.put(uid(1), "a"));
  CHECK_FALSE(recent.put(uid(2), "b"));
  CHECK(recent.put(uid(1), "c") == "a");
  CHECK_FALSE(recent.put(uid(3), "d"));
  CHECK(recent.find(uid(1)) == nullptr);
  CHECK(*recent.find(uid(2)) == "b");
  CHECK(*recent.find(uid(3)) == "d");
}

TEST_CASE("what is taken out makes room, and is as new when it is put in again", "[recent]") {
  objects::RecentByUid<std::string> recent(2);
  recent.put(uid(1), "a");
  recent.put(uid(2), "b");
  CHECK(recent.take(uid(1)) == "a");
  CHECK_FALSE(recent.take(uid(1)));
  CHECK(recent.find(uid(1)) == nullptr);
  recent.put(uid(1), "c");
  CHECK(*recent.find(uid(2)) == "b");
  recent.put(uid(3), "d");
  CHECK(recent.find(uid(2)) == nullptr);
  CHECK(*recent.find(uid(1)) == "c");
}
