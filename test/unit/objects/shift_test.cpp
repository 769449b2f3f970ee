#include "objects/shift.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::objects;

namespace {
constexpr Millis kHour{3'600'000};
Instant at(int second) { return Instant{Millis{second * 1000LL}}; }
}  // namespace

TEST_CASE("every time that an object tells is moved, and what is not there stays away", "[shift]") {
  VolumeSnapshot snapshot;
  snapshot.meta.created = at(1);
  snapshot.meta.managed_fields = {{Symbol("velero"), 1, 1, at(2)}};
  snapshot.error = {true, "no", at(3)};
  Object object = snapshot;
  shift_times(object, kHour);
  const auto& moved = std::get<VolumeSnapshot>(object);
  CHECK(*moved.meta.created == at(1) + kHour);
  CHECK(*moved.meta.managed_fields[0].time == at(2) + kHour);
  CHECK(*moved.error.time == at(3) + kHour);
  CHECK_FALSE(moved.meta.deleted);
  CHECK_FALSE(moved.cut);
}

TEST_CASE("the times of statuses and of Kubernetes events are moved too", "[shift]") {
  Backup backup;
  backup.started = at(1);
  backup.expires = at(9);
  Object object = backup;
  shift_times(object, -kHour);
  CHECK(*std::get<Backup>(object).started == at(1) - kHour);
  CHECK(*std::get<Backup>(object).expires == at(9) - kHour);
  CHECK_FALSE(std::get<Backup>(object).completed);
  Event event;
  event.last = at(5);
  object = event;
  shift_times(object, kHour);
  CHECK(*std::get<Event>(object).last == at(5) + kHour);
  PersistentVolume volume;
  volume.phase_since = at(7);
  object = volume;
  shift_times(object, kHour);
  CHECK(*std::get<PersistentVolume>(object).phase_since == at(7) + kHour);
}
