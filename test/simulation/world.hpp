#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A simulated cluster: etcd's true history, and two API servers in front of it, in virtual time. It shares no code with kube and
/// informers: what it sends are statuses, fields and bytes.
namespace snaptrail::simulation {

/// All chance of a run (splitmix64).
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(limit));
  }
  bool percent(int share) { return below(100) < share; }

 private:
  std::uint64_t state_;
};

/// The alphabet of faults.
enum class Fault : std::uint8_t {
  // a request
  Refused,
  Reset,
  TimedOut,
  CutBody,
  Html200,
  Table200,
  Text404,
  Code401,
  Code403,
  Code409,
  Code410,
  Code413,
  Code422,
  Code429,
  Retry0,
  Retry1,
  RetryDay,
  RetryDate,
  Code500,
  Code503,
  Code504,
  TooLarge,
  ListWithoutVersion,
  // a stream
  StreamCut,
  CutInLine,
  HalfOpen,
  SingleBytes,
  Merged,
  Blanks,
  Duplicate,
  Replay,
  ForeignKind,
  UnknownType,
  Garbage,
  Oversized,
  DeepNesting,
  NoNumber,
  DuplicateKeys,
  CleanEnd,
  BookmarkBare,
  BookmarkStorm,
  BookmarkGarbage,
  BookmarkOlder,
  NoBookmarks,
  Error410,
  Error429,
  Error500,
  Error504,
  ErrorOdd,
  ErrorStorage,
  // the cluster
  Restart,
  Compaction,
  Rewind,
  Lag,
  CrdChanged,
  CrdDeleted,
  ClockJump,
  Crash,
  StreamsOff,
  Forbidden,
  Coalesced,
  Count
};
constexpr auto kFaults = static_cast<std::size_t>(Fault::Count);
std::string_view to_string(Fault fault);

/// One write of one object. `state` is what a reader must make of it.
struct Version {
  std::int64_t number = 0;
  std::string uid;
  std::string name;
  std::string state;
  bool deleted = false;
  bool unseen = false;  ///< removed without an event
};

/// One resource of etcd: its history in each branch (a restore from a backup begins a new one).
struct Resource {
  std::string kind, plural, api_version, path, ns;
  std::vector<std::string> states;
  std::vector<std::vector<Version>> branches{1};
  std::map<std::string, Version> live{};
  std::int64_t closed_until = 0;  ///< CRD changed: 429 until then (virtual ms)
  std::int64_t absent_until = 0;  ///< CRD deleted
  int storage = 0;  ///< a change or deletion of the CRD begins a new one, and ends the watches of the one before
  std::int64_t storage_since = 0;  ///< its first version
  std::int64_t forbidden_until = 0;

  const std::vector<Version>& history() const { return branches.back(); }
};

struct Answer {
  enum class End : std::uint8_t { Complete, Cut, Refused, Silent };
  int status = 200;
  std::string retry_after;
  std::string body;
  End end = End::Complete;
};

/// A watch on the server's side.
struct Stream {
  std::size_t resource = 0;
  std::size_t api = 0;
  int storage = 0;
  std::int64_t cursor = 0;  ///< everything up to here was sent
  std::int64_t deadline = 0;
  std::int64_t next_bookmark = 0;
  std::vector<std::string> pending;  ///< lines that are to be sent first
  std::int64_t end_of_list = -1;     ///< a streamed list whose end is to be marked once the cursor is here
  bool bookmarks = true;
  bool ended = false;  ///< the last chunk follows the pending lines
  bool cut = false;
  bool silent = false;
  std::vector<std::string> sent;  ///< the last events, for replays
};

struct ListQuestion {
  std::size_t limit = 500;
  std::string token;
  std::string not_older_than;
};

struct WatchQuestion {
  std::string from;
  bool initial_events = false;  ///< a streamed list
  std::string match{};          ///< resourceVersionMatch
  bool bookmarks = true;
};

class World {
 public:
  explicit World(std::uint64_t seed);

  std::vector<Resource> resources;
  std::int64_t now = 1'000'000;  ///< virtual milliseconds
  std::int64_t wall_offset = 0;  ///< of the wall's clock
  std::int64_t revision = 100;
  std::int64_t oldest = 1;  ///< of the history that can still be watched
  std::array<std::int64_t, 2> visible{100, 100};
  bool streams_lists = true;
  bool writing = true;
  std::int64_t writes_left = -1;  ///< after a rewind: until all have noticed; -1: no limit
  std::array<std::uint64_t, kFaults> seen{};

  bool tells = false;  ///< print what happens

  void note(Fault fault) {
    ++seen[static_cast<std::size_t>(fault)];
    tell("fault: ", to_string(fault));
  }
  /// A line of the run's story, for whoever reads a failing seed.
  void tell(std::string_view what, std::string_view more) const;
  Chance& chance() { return chance_; }

  /// Something is written, now and then. `coalesce`: several versions of one object at once.
  void write();
  void write_version(std::size_t resource, const std::string& name, bool remove);
  /// An object goes without an event for it.
  bool remove_unseen(std::size_t resource);
  void delete_all(std::size_t resource);
  /// A CRD changes: its watches end, and nobody is answered until `closed_until`.
  void change_crd(std::size_t resource, std::int64_t closed_until);
  /// A CRD is deleted, and its objects with it. Its watches end once they have told of that.
  void delete_crd(std::size_t resource, std::int64_t absent_until);
  /// etcd restored: everything after `number` never was.
  void rewind(std::int64_t number);
  void catch_up() { visible = {revision, revision}; }

  Answer list(std::size_t resource, std::size_t api, const ListQuestion& question);
  /// A refusal instead of the stream, or nothing and `stream` set up.
  std::optional<Answer> watch(std::size_t resource, std::size_t api, const WatchQuestion& question, Stream& stream);
  /// Lines that are due on a stream.
  std::vector<std::string> poll(Stream& stream);

  /// `reason`, `details` and `continue_token` may be empty.
  static Answer status(int code, const std::string& reason, const std::string& details = "",
                       const std::string& continue_token = "");
  static std::string error_line(int code, const std::string& reason, const std::string& details = "");
  std::string bookmark_line(const Resource& resource, const std::string& version, const std::string& end = "") const;
  const Version* find(std::size_t resource, std::size_t branch, std::int64_t number) const;

 private:
  std::optional<Answer> closed(std::size_t resource) const;
  void begin_storage(std::size_t resource);
  void stream_objects(const std::string& at_least, Stream& stream) const;
  std::string object(const Resource& resource, const Version& version) const;
  std::string event(const Resource& resource, const Version& version, const char* type) const;
  std::vector<Version> at(std::size_t resource, std::int64_t number) const;
  std::string new_uid();

  Chance chance_;
  std::uint64_t uids_ = 0;
};

}  // namespace snaptrail::simulation
