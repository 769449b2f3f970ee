#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "informers/backoff.hpp"
#include "informers/decoder.hpp"
#include "informers/intake.hpp"
#include "kube/error.hpp"
#include "objects/instant.hpp"
#include "objects/row.hpp"

namespace snaptrail::informers {

/// One moment on both clocks: the wall's for what is recorded, the steady one for how long things took (the wall's
/// may jump).
struct Moment {
  objects::Instant wall;
  std::chrono::steady_clock::time_point steady;
};

/// How far a stream was followed: everything up to resource_version was seen, and that was known at `at`.
struct Position {
  std::string resource_version;
  objects::Instant at;
};

/// A stream that was followed without a gap and is found to have missed something all the same (an audit's result).
struct Distrust {
  objects::GapCause cause =
      objects::GapCause::Disconnected;  ///< Rewound: what the next list brings is a new history, whatever its version
  Position proven;                      ///< up to here all is known to be right
};

/// The protocol's numbers. The defaults are for production; tests shorten them.
struct WatchTimings {
  BackoffLimits backoff;
  /// How often an absent CRD is looked for: installing one is rare, noticing it in half a minute is soon enough.
  std::chrono::milliseconds absent_poll{std::chrono::seconds{30}};
  /// A watch's timeoutSeconds, chosen evenly between the two, so that the streams of many clients don't end together
  /// and spread over API servers again (client-go's numbers).
  std::chrono::seconds watch_min{300};
  std::chrono::seconds watch_max{600};
  /// A stream that ended within this time and brought nothing new is a failure (client-go's VeryShortWatchError).
  std::chrono::milliseconds short_stream{1'000};
  /// Longest Retry-After that is honoured: a wrong one (86400) must not blind us for a day.
  std::chrono::milliseconds retry_after_cap{std::chrono::seconds{60}};
  /// How long in-stream InternalErrors are retried at the same version before a list is tried instead.
  std::chrono::milliseconds internal_error_patience{std::chrono::seconds{60}};
  /// Whether lists are asked for as streams (KEP-3157), which spare the server a whole list in memory; else in pages.
  bool stream_lists = true;
  /// How long a server that could not stream a list is asked for pages instead; it may be upgraded meanwhile.
  std::chrono::milliseconds stream_retry{std::chrono::hours{1}};
  /// So often in a row may a streamed list break off before pages are tried.
  unsigned stream_attempts = 3;
  /// A plain bookmark that comes so long after the last initial object shows a server that knows no streaming lists: it has
  /// sent what there is and will never mark the end.
  std::chrono::milliseconds stream_patience{std::chrono::seconds{20}};
  /// The target is listed this often instead of watched (Target::poll), a fifth later at most. 0: it is watched.
  std::chrono::milliseconds poll{0};
  /// Items a page: the chunk size of kubectl and client-go; bounds what one answer costs the server.
  unsigned page_limit = 500;
};

/// What the driver tells the state machine; all but Started and Cancelled end the command before.
namespace input {
struct Started {};
/// ListPage or Check brought a complete, well-formed list page.
struct PageDone {
  std::string resource_version;
  std::string continue_token;  ///< empty on the last page
};
/// ListPage, Check or Watch failed.
struct CallFailed {
  kube::Error error;
};
/// The watch brought an ERROR event, which ends it.
struct StreamFailed {
  WatchError error;
};
/// The watch's answer came to its proper end.
struct StreamEnded {};
/// Wait is over.
struct TimerFired {};
struct Cancelled {};
}  // namespace input
using Input = std::variant<input::Started, input::PageDone, input::CallFailed, input::StreamFailed, input::StreamEnded,
                           input::TimerFired, input::Cancelled>;

/// What the driver is to do next; exactly one thing at a time.
namespace command {
/// List a page: a consistent list (no resourceVersion) from the server's store; later pages by continue_token alone.
struct ListPage {
  unsigned limit = 0;
  std::string continue_token;  ///< empty: the first page, a list begins (again)
  friend bool operator==(const ListPage&, const ListPage&) = default;
};
/// Ask whether the server's history has come as far as ours: a list with limit 1, resourceVersionMatch NotOlderThan.
struct Check {
  std::string resource_version;
  friend bool operator==(const Check&, const Check&) = default;
};
/// List by a watch: every object as an event, then a bookmark that marks their end, then the watch itself.
/// resource_version empty: consistent; else not older than that. Ends as Watch does; the end of the objects is told to
/// WatchFsm::list_streamed().
struct StreamList {
  std::string resource_version;
  std::chrono::seconds timeout{0};  ///< timeoutSeconds
  friend bool operator==(const StreamList&, const StreamList&) = default;
};
/// Watch from resource_version with bookmarks.
struct Watch {
  std::string resource_version;
  std::chrono::seconds timeout{0};  ///< timeoutSeconds
  friend bool operator==(const Watch&, const Watch&) = default;
};
struct Wait {
  std::chrono::milliseconds duration{0};
  friend bool operator==(const Wait&, const Wait&) = default;
};
/// Nothing more: cancelled.
struct Stop {
  friend bool operator==(const Stop&, const Stop&) = default;
};
}  // namespace command
using Command =
    std::variant<command::ListPage, command::StreamList, command::Check, command::Watch, command::Wait, command::Stop>;

struct AvailabilityChange {
  Availability availability = Availability::Syncing;
  std::string why;
};

/// What follows from an input: reports, in the order of the members, and then the next command.
struct Step {
  std::optional<objects::Gap> gap{};           ///< a window that is over: Intake::gap()
  std::optional<std::string> list_finished{};  ///< the complete list's resourceVersion: Intake::list_finished()
  std::optional<AvailabilityChange> availability{};
  Command next{};
};

/// The list/watch protocol of one target as a pure state machine: no I/O, clock or logging (docs/protocol.md, rule by
/// rule). A list, streamed where the server can and else in pages; then a watch with bookmarks, resumed at the last version
/// seen for as long as the server's history allows; a re-list where it does not, and then a gap that says what
/// may have been missed. Sources: the Kubernetes API reference
/// ("Efficient detection of changes"), KEP-956 (bookmarks), KEP-5504 (comparable versions), client-go's reflector.
///
/// History that went back (etcd restored from a backup) is what a plain informer is blind for: a watch from a version
/// ahead of the server's is silent. So each resume asks first (Check), and each list's version is compared with the last one
/// seen. A list that is asked for because of such a suspicion is one of pages, whose version comes before its items.
class WatchFsm {
 public:
  /// `resource`: name in gaps. `stored`: how far an earlier run of the program got; without a version, if it completed no list but
  /// may have recorded objects; none, if nothing is recorded.
  WatchFsm(std::string resource, WatchTimings timings, std::optional<Position> stored, std::uint64_t seed);

  /// To be called before Started: everything is listed anew, consistently, and what may have been missed is a gap from the proven
  /// position on.
  void distrust(Distrust distrust);

  /// Takes what came of the last command and says what is next. An input that does not belong to the last command is
  /// a broken invariant: std::logic_error (bad_variant_access).
  Step resume(const Input& input, Moment now);

  /// During ListPage: the list's version is known, before (if the server's answer has metadata first, as it has) its
  /// first item. A gap here says that history went back: what the list brings is the new history. Repeated
  /// calls for one list do nothing.
  std::optional<objects::Gap> list_opened(std::string_view resource_version, Moment now);

  /// During StreamList: the bookmark that marks the end of the objects came. With list_finished in the answer the stream
  /// goes on as a watch, and `next` says which; without, the list is worth nothing: end the stream, and give
  /// StreamEnded. A gap in the answer says that history went back after all.
  Step list_streamed(std::string_view resource_version, Moment now);
  /// During StreamList: an object with this version came. No place to resume from, but the server's history reaches as far.
  void witnessed(std::string_view resource_version);
  /// During StreamList: another bookmark came, `quiet` after the last object. False: end the stream, and give StreamEnded.
  bool unmarked_bookmark(std::chrono::steady_clock::duration quiet);

  /// During Watch: an event or bookmark with this version was delivered. An empty or older version is proof of life only.
  void delivered(std::string_view resource_version, Moment now);

  /// Where a watch would resume; empty before the first list.
  const std::string& resource_version() const { return position_; }
  Availability availability() const { return availability_; }
  /// The newest version that the server has shown, of objects of a list that is not complete, too: history that ends before it
  /// went back. Empty if none.
  const std::string& newest_witnessed() const { return witnessed_; }

 private:
  enum class Phase : std::uint8_t { Idle, Listing, Streaming, Checking, Watching, Waiting, Stopped };
  enum class Verdict : std::uint8_t { None, Rewound, NotStreamed };  ///< of a streamed list that is given up
  enum class After : std::uint8_t { List, NextPage, Resume };        ///< what a wait is followed by

  struct OpenGap {
    objects::GapCause cause;
    objects::Instant since;
    std::string first_resource_version;
  };

  Step list_from_start(Moment now);
  Step list_page();
  bool can_stream(Moment now) const;
  Step stream_list(Moment now);
  Step streaming(const Input& input, Moment now);
  Step stream_refused(const kube::Error& error, Moment now);
  Step stream_broken(const kube::Error& error, Moment now);
  Step pages_instead(Moment now);
  Step page_done(const input::PageDone& page, Moment now);
  Step list_finished(Moment now);
  Step list_complete(Moment now);
  Step list_failed(const kube::Error& error, Moment now);
  Step poll_finished(Moment now);
  Step check_or_watch(Moment now);
  Step check_done(const input::PageDone& page, Moment now);
  Step watch(Moment now);
  std::chrono::seconds random_timeout();
  Step watching(const Input& input, Moment now);
  Step resume_failed(const kube::Error& error, Moment now);
  Step stream_failed(const WatchError& error, Moment now);
  Step stream_ended(Moment now);
  Step timer_fired(Moment now);

  Step unavailable(const kube::Error& error, Moment now);
  Step relist(objects::GapCause cause, Moment now, const std::optional<std::chrono::seconds>& retry_after = {});
  Step wait_then(After after, Moment now, const std::optional<std::chrono::seconds>& retry_after = {});
  Step wait(std::chrono::milliseconds duration, After after);

  std::chrono::milliseconds jittered(std::chrono::milliseconds period);
  bool is_polled() const { return timings_.poll.count() > 0; }

  void open_gap(objects::GapCause cause);
  objects::Gap close_gap(std::string_view resource_version, objects::Instant until);
  bool went_back(std::string_view resource_version) const;
  void set_availability(Step& step, Availability availability, std::string why);

  const std::string resource_;
  const WatchTimings timings_;
  Random random_;
  Backoff backoff_;

  Phase phase_ = Phase::Idle;
  After after_ = After::List;
  Availability availability_ = Availability::Syncing;
  bool ever_synced_ = false;

  std::string position_;                    ///< the last version seen
  std::string witnessed_;                   ///< the highest that is known to be: of a list that was not complete, too
  std::optional<objects::Instant> proven_;  ///< when the stream was last known to be complete
  std::optional<OpenGap> gap_;

  std::string continue_token_;
  unsigned pages_ = 0;        ///< of the list under way, without the last one
  std::string list_version_;  ///< of the list's first page; empty until it is known
  bool list_opened_ = false;

  std::optional<std::chrono::steady_clock::time_point> paged_until_;  ///< the server can't stream lists
  bool paged_once_ = false;  ///< history may have gone back: pages tell it first
  unsigned broken_streams_ = 0;
  Verdict verdict_ = Verdict::None;

  std::chrono::steady_clock::time_point stream_started_;
  bool stream_progressed_ = false;
  bool can_check_ = true;
  std::optional<std::chrono::steady_clock::time_point> internal_errors_since_;
};

}  // namespace snaptrail::informers
