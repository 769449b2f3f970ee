#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "informers/failure_log.hpp"
#include "informers/intake.hpp"
#include "informers/stream_causes.hpp"
#include "informers/stream_traffic.hpp"
#include "informers/watch_fsm.hpp"

namespace snaptrail::informers {

/// What a reflector has seen. Counters since its start.
struct ReflectorStats : StreamTraffic {
  std::array<std::uint64_t, 3> events{};  ///< delivered by watches, by EventType
  std::uint64_t bookmarks = 0;
  std::uint64_t stream_errors = 0;               ///< ERROR events
  std::uint64_t listed = 0;                      ///< objects that lists brought
  std::uint64_t failures = 0;                    ///< failed calls
  std::uint64_t streamed_lists = 0;              ///< lists that were complete and came as streams
  std::optional<objects::Instant> last_receive;  ///< when a list page, an event or a bookmark came in
  std::optional<objects::Instant> synced_at;     ///< when the last list was complete
  std::string synced_version;                    ///< its resourceVersion
  Availability availability = Availability::Syncing;
};

/// What a Receiver needs beside its Intake.
struct ReceiverOptions {
  std::size_t max_line = 16u << 20;    ///< bytes of an event
  std::chrono::milliseconds proof{0};  ///< ReflectorOptions::proof
  std::function<Moment()> clock;
  LogSink log;
};

/// What a reflector does with what arrives: takes the bytes of answers apart, hands objects, bookmarks and gaps to the Intake,
/// tells the state machine, counts and logs. No I/O and no clock of its own, so that a test can run the very code that the
/// daemon does. One strand. `fsm` and `intake` must outlive it.
///
/// An event that can't be read is skipped and counted. What it told is not known then, so all objects are listed again.
class Receiver {
 public:
  Receiver(Target target, WatchFsm& fsm, Intake& intake, ReceiverOptions options);

  /// As WatchFsm::distrust(), for the count.
  void distrusted() { causes_.distrusted(); }

  /// A list begins (again): one of pages, or one that is streamed.
  void start_list();
  /// Decodes the answer to a list, piece by piece, for one page of the list under way or for a mere question.
  class Page {
   public:
    /// `listing`: its objects are of the list under way; else only its version counts. `receiver` must outlive it.
    Page(Receiver& receiver, bool listing);
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;

    /// False once the bytes are known to be no list.
    bool take(std::string_view piece);
    /// The answer ended, with an error if it failed.
    Input ended(const std::optional<kube::Error>& error);

   private:
    void take_item(objects::Object object);

    Receiver& receiver_;
    const bool listing_;
    ListDecoder decoder_;
    std::vector<objects::Object> early_;  ///< items that came before the list's version
    bool readable_ = true;
  };

  /// A stream begins: a watch, or a list that goes on as one.
  void start_stream(bool listing);
  /// The next bytes of its body. False ends it.
  bool take(std::string_view piece);
  /// It ended, with an error if the call failed (our own end included).
  Input stream_ended(const std::optional<kube::Error>& error);

  /// What the state machine says after `input`, which ended its last command.
  void report(const Input& input, Step& step);

  const ReflectorStats& stats() const { return stats_; }
  const Target& target() const { return target_; }

 private:
  void begin_list(std::string_view resource_version);
  void tell_gap(objects::Gap gap, objects::Instant now);
  void take_listed(std::string_view list_version, objects::Object object);
  bool lost_a_line();
  // False ends the stream, with the reason in `ended_`.
  bool take_line(std::string_view line);
  bool take_bookmark(const Bookmark& bookmark);
  bool take_end_of_list(const Bookmark& bookmark, Moment now);
  bool skip_line(const Malformed& line);
  void take_event(ObjectEvent event);
  void take_initial(ObjectEvent event, Moment now);
  bool end_stream(Input reason);
  void hand_over(Step& step);
  void received(Moment now);
  void log_failure(const Input& input, const Command& next);
  void log_skipped(std::string_view kind, const std::string& why);
  void say(LogLevel level, const std::string& message) const;

  Target target_;
  WatchFsm& fsm_;
  Intake& intake_;
  ReceiverOptions options_;
  WatchDecoder decoder_;
  LineSplitter splitter_;
  FailureLog calls_;
  FailureLog skipped_;
  ReflectorStats stats_;
  StreamCauses causes_;
  bool streaming_ = false;                             ///< the stream has not told the end of its list yet
  std::vector<ObjectEvent> deleted_;                   ///< meanwhile, in the order of the stream
  std::unordered_set<objects::Uid> deleted_uids_;      ///< whose they are: each object of the list asks
  std::optional<Input> ended_;                         ///< why we ended the stream
  std::chrono::steady_clock::time_point last_proof_;   ///< object or bookmark, of the stream
  std::chrono::steady_clock::time_point last_object_;  ///< of the list that is streamed
  bool list_begun_ = false;                            ///< list_started() was called for the list under way
};

}  // namespace snaptrail::informers
