#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "reconcilers/story/story.hpp"
#include "replayed_rows.hpp"

/// Stories of real Backups and Restores, told from the rows that their recordings make.
using namespace snaptrail;
using namespace snaptrail::reconcilers;
using controller::test::replayed;
using objects::Kind;
using objects::Millis;

namespace {

const StoryItem& item_of(const Story& story, std::string_view ns, std::string_view prefix) {
  const auto found = std::ranges::find_if(
      story.items, [&](const StoryItem& item) { return item.ns == ns && item.name.starts_with(prefix); });
  REQUIRE(found != story.items.end());
  return *found;
}

Millis spent(const Story& story, Spent where) { return story.spent.at(static_cast<std::size_t>(where)); }

Millis whole(const Story& story) { return std::accumulate(story.spent.begin(), story.spent.end(), Millis{0}); }

Millis length(const StoryItem& item, std::string_view phase, Spent where) {
  Millis total{0};
  for (const StoryPhase& one : item.phases) {
    if (one.name == phase && one.where == where && one.to) total += *one.to - one.from;
  }
  return total;
}

}  // namespace

TEST_CASE("the night's platform backup: one snapshot that is never cut holds up five others for 90 s", "[story]") {
  const auto trail = replayed("night.ndjson.gz");
  const Story story = tell_story({.restore = false, .name = "nightly-platform"}, trail.rows, trail.operations);
  CHECK(story.type == "velero");
  REQUIRE(story.items.size() == 6);
  REQUIRE(story.longest_block == 0);

  const StoryItem& stuck = story.items[0];
  CHECK(stuck.ns == "auth-keycloak");
  CHECK(stuck.end == StoryEnd::Failed);
  CHECK(stuck.handle.empty());
  CHECK(stuck.held_up == 5);
  CHECK(stuck.blocked >= Millis{90'000});
  CHECK(stuck.blocked < Millis{90'100});
  CHECK(stuck.error.find("DeadlineExceeded") != std::string::npos);
  CHECK(length(stuck, "bind", Spent::Controller) == Millis{4'294});
  CHECK(length(stuck, "create", Spent::Backoff) > Millis{85'000});

  for (std::size_t i = 1; i < story.items.size(); ++i) {
    CHECK(story.items[i].end == StoryEnd::Ready);
    CHECK(story.items[i].began > *stuck.ended);
    CHECK(story.items[i].outcome == objects::Outcome::Retained);  // Velero deletes the objects, and keeps the snapshots
  }
  // A tenth of a second to the cut, three quarters of a minute to the upload's end.
  const StoryItem& slow = item_of(story, "logs-elastic", "velero-data-es-2");
  CHECK(length(slow, "upload", Spent::Driver) > Millis{47'000});

  // What the Backup itself said of its end is kept with it.
  REQUIRE(story.run);
  CHECK(story.run->phase == "PartiallyFailed");
  CHECK(story.began == objects::parse_rfc3339("2026-11-23T00:00:24Z"));
  CHECK(story.ended == objects::parse_rfc3339("2026-11-23T00:03:14Z"));

  // Every moment is somebody's: the backoff cost most, then the driver's upload at the end.
  REQUIRE(story.began);
  REQUIRE(story.ended);
  CHECK(whole(story) == *story.ended - *story.began);
  CHECK(spent(story, Spent::Backoff) > Millis{85'000});
  CHECK(spent(story, Spent::Driver) > Millis{45'000});
  CHECK(spent(story, Spent::Initiator) > Millis{10'000});  // Velero looks every five seconds whether it may go on
  CHECK(spent(story, Spent::Consumer) == Millis{0});
  const std::string table = to_table(story);
  CHECK(table.find("auth-keycloak/velero-db-959dn held up 5 others for 1m30.0s") != std::string::npos);
}

TEST_CASE("the night's application backup is linked to both restores that were made from it", "[story]") {
  const auto trail = replayed("night.ndjson.gz");
  const StoryQuestion question{.restore = false, .name = "nightly-apps"};
  CHECK(story_handles(question, trail.rows).size() == 6);
  const Story story = tell_story(question, trail.rows, trail.operations);
  REQUIRE(story.items.size() == 6);
  REQUIRE(story.links.size() == 2);
  const auto& mongo = story.links[0].run == "mongo-restore" ? story.links[0] : story.links[1];
  CHECK(mongo.kind == Kind::PersistentVolumeClaim);
  CHECK(mongo.name == "mongo");
  CHECK(mongo.state == objects::State::Bound);
  CHECK(story.items[mongo.item].ns == "mongo-persistent");
  const auto& wiki = story.links[0].run == "mongo-restore" ? story.links[1] : story.links[0];
  CHECK(wiki.run == "wiki-restore");
  CHECK(wiki.state == objects::State::Error);
  REQUIRE(story.restores.size() == 2);
  CHECK(story.restores[0].name == "mongo-restore");
  CHECK(story.restores[0].phase == "Completed");
  CHECK(story.restores[1].phase == "Finalizing");
}

TEST_CASE("the night's good restore waited for the driver, and comes from the backup's snapshot", "[story]") {
  const auto trail = replayed("night.ndjson.gz");
  const Story story = tell_story({.restore = true, .name = "mongo-restore"}, trail.rows, trail.operations);
  REQUIRE(story.items.size() == 1);
  const StoryItem& claim = story.items[0];
  CHECK(claim.kind == Kind::PersistentVolumeClaim);
  CHECK(claim.end == StoryEnd::Bound);
  CHECK(length(claim, "provision", Spent::Driver) > Millis{5'000});
  CHECK(length(claim, "provision", Spent::Sidecar) > Millis{2'500});
  CHECK(whole(story) == *story.ended - *story.began);
  REQUIRE(story.links.size() == 1);
  CHECK(story.links[0].kind == Kind::VolumeSnapshot);
  CHECK(story.links[0].run == "nightly-apps");
  CHECK(story.links[0].state == objects::State::Deleted);
}

TEST_CASE("the night's stuck restore is open, with the driver's words", "[story]") {
  const auto trail = replayed("night.ndjson.gz");
  const Story story = tell_story({.restore = true, .name = "wiki-restore"}, trail.rows, trail.operations);
  REQUIRE(story.items.size() == 1);
  CHECK(story.items[0].end == StoryEnd::Open);
  CHECK(story.items[0].error.find("NotFound") != std::string::npos);
  CHECK_FALSE(story.ended);
  CHECK(spent(story, Spent::Backoff) > whole(story) / 2);
}

TEST_CASE("a backup and its restore are one story after every object of the backup is gone", "[story]") {
  const auto trail = replayed("velero-backup-restore.ndjson");
  const Story backup = tell_story({.restore = false, .name = "full-backup"}, trail.rows, trail.operations);
  REQUIRE(backup.items.size() == 1);
  CHECK(backup.items[0].end == StoryEnd::Ready);
  CHECK(backup.items[0].outcome == objects::Outcome::Retained);
  CHECK(backup.items[0].handle == "5");
  CHECK(length(backup.items[0], "create", Spent::Driver) > Millis{2'500});
  REQUIRE(backup.links.size() == 1);
  CHECK(backup.links[0].name == "mongo");
  CHECK(backup.links[0].state == objects::State::Bound);

  const Story restore = tell_story({.restore = true, .name = backup.links[0].run}, trail.rows, trail.operations);
  REQUIRE(restore.links.size() == 1);
  CHECK(restore.links[0].run == "full-backup");
}

TEST_CASE("of kinds that a recording does not hold nothing is known", "[replay]") {
  const auto trail = replayed("night.ndjson.gz");
  CHECK(std::ranges::count(trail.absent, "leases") == 1);
  CHECK(std::ranges::count(trail.absent, "datauploads") == 1);
  CHECK(std::ranges::count(trail.absent, "backups") == 0);
  CHECK(std::ranges::count(trail.absent, "volumesnapshots") == 0);
}
