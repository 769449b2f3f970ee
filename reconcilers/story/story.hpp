#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/operation.hpp"
#include "objects/row.hpp"

/// One Backup or Restore as one story, told from the ledger alone, so that it can be told when every object is gone: what each of its
/// volumes went through, by snapshots and by copies of data, where the time went, and what came of its snapshots on the other side.
/// docs/stories.md is normative.
namespace snaptrail::reconcilers {

/// On whom time was spent.
enum class Spent : std::uint8_t {
  Controller,  ///< snapshot-controller; for the last step of a restore the volume binder
  Sidecar,     ///< csi-snapshotter, csi-provisioner: picking the work up
  Driver,      ///< the CSI driver and its storage
  Backoff,     ///< between two tries, after the driver's error
  Consumer,    ///< no pod that wants the volume yet
  Source,      ///< a snapshot that isn't ready
  Mover,       ///< what copies data into or out of the backup repository: waiting for its turn, and copying
  Initiator,   ///< Velero or whoever asked: between its items, and before and after them
};
inline constexpr std::size_t kSpentCount = 8;

/// One stretch of a volume's way.
struct StoryPhase {
  std::string_view name;  ///< a literal: docs/stories.md
  Spent where = Spent::Driver;
  objects::Instant from;
  objects::MaybeInstant to;  ///< none: it still goes on
  bool exact = true;         ///< false where an end was found by a list, so that its instant isn't known
};

/// How a volume's part ended.
enum class StoryEnd : std::uint8_t { Open, Ready, Bound, Failed };

struct StoryItem {
  objects::Kind kind = objects::Kind::VolumeSnapshot;  ///< VolumeSnapshot, or the claim that was restored
  std::string ns;
  std::string name;
  objects::Uid uid;
  std::string chain;
  std::string driver;  ///< empty where unknown
  std::string handle;  ///< empty: never cut
  objects::Instant began;
  objects::MaybeInstant ended;  ///< Ready, Bound, or given up
  StoryEnd end = StoryEnd::Open;
  std::string error;                        ///< the last one, as the server wrote it; empty if none
  std::optional<objects::Outcome> outcome;  ///< of the cloud's snapshot, where its object is gone
  std::vector<StoryPhase> phases;           ///< by their begin
  /// How long the initiator, which works item by item, could not go on to the next one: until the handle was known or it gave up.
  objects::Millis blocked{0};
  std::size_t held_up = 0;  ///< items that began only after that
};

/// A copy of a volume's data that belongs to the run (DataUpload, DataDownload, PodVolumeBackup), or the NonAdminBackup that asked for it.
struct StoryStep {
  objects::Kind kind = objects::Kind::DataUpload;
  std::string ns;
  std::string name;
  std::string phase;  ///< the tool's own word
  std::string claim_ns;
  std::string claim;
  std::string copy;                 ///< ID in the repository; empty: no data are there
  std::string message;              ///< as the tool wrote it
  std::optional<std::size_t> item;  ///< of Story::items: the snapshot that it copies, the claim that it fills
  objects::MaybeInstant began;
  objects::MaybeInstant ended;  ///< none: it still goes on
  std::vector<StoryPhase> phases;
};

/// The other side of an item's snapshot: a Restore made from a Backup's, or the Backup that a Restore's came from.
struct StoryLink {
  std::size_t item = 0;  ///< of Story::items
  objects::Kind kind = objects::Kind::PersistentVolumeClaim;
  std::string ns;
  std::string name;
  std::string run;                                 ///< the Backup's or Restore's name; empty where nobody's
  objects::State state = objects::State::Pending;  ///< the last one that is known
  objects::Instant at;                             ///< when it began
};

struct StoryQuestion {
  bool restore = false;  ///< of a Restore, else of a Backup
  std::string name;
};

struct Story {
  StoryQuestion asked;
  std::string type;  ///< the initiator's: "velero"; empty where nothing is known
  /// The Backup or Restore itself, of namesakes the newest; none: nobody saw it.
  std::optional<objects::Operation> run;
  std::optional<objects::Instant> began;
  objects::MaybeInstant ended;   ///< none while it goes on
  std::vector<StoryItem> items;  ///< by (began, namespace, name)
  std::vector<StoryLink> links;
  std::vector<StoryStep> steps;              ///< by (began, name)
  std::vector<objects::Operation> restores;  ///< of a Backup: the Restores that are made from it, by their begin
  /// Where the time from `began` to `ended` (or to the last row) went, by Spent: it adds up to the whole.
  std::array<objects::Millis, kSpentCount> spent{};
  /// The item that held up others longest; none if none did.
  std::optional<std::size_t> longest_block;
};

/// `rows`: of the ledger, oldest first: all of the initiator's chains, and all that share a (driver, handle) with them
/// (story_handles()). `operations`: of the ledger, that Backup's or Restore's. What is of no concern is left out.
Story tell_story(StoryQuestion question, std::span<const objects::Row> rows,
                 std::span<const objects::Operation> operations);

/// The (driver, handle) of the run's own rows, each once: the rows with these belong to the story too.
std::vector<std::pair<std::string, std::string>> story_handles(const StoryQuestion& question,
                                                               std::span<const objects::Row> rows);

std::string_view to_string(Spent where);   ///< lower case: "driver", "backoff", …
std::string_view to_string(StoryEnd end);  ///< lower case

/// The story as one JSON object without a newline; docs/stories.md names its members.
std::string to_json(const Story& story);
/// For a terminal: several lines, each with a newline; strings of the cluster are printable.
std::string to_table(const Story& story);

}  // namespace snaptrail::reconcilers
