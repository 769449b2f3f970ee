#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "informers/failure_log.hpp"
#include "informers/intake.hpp"
#include "informers/watch_fsm.hpp"
#include "kube/client.hpp"

namespace snaptrail::informers {

/// What a reflector has seen, for metrics. Counters since its start.
struct ReflectorStats {
  std::array<std::uint64_t, 3> events{};  ///< delivered by watches, by EventType
  std::uint64_t bookmarks = 0;
  std::uint64_t stream_errors = 0;               ///< ERROR events
  std::uint64_t listed = 0;                      ///< objects that lists brought
  std::uint64_t bytes = 0;                       ///< of answers' bodies
  std::uint64_t relists = 0;                     ///< lists begun after the first
  std::uint64_t reconnects = 0;                  ///< watches begun that resumed an earlier one
  std::uint64_t failures = 0;                    ///< failed calls
  std::uint64_t malformed = 0;                   ///< lines and items that were skipped
  std::uint64_t oversized = 0;                   ///< lines that were too long
  std::optional<objects::Instant> last_receive;  ///< when a list page, an event or a bookmark came in
  std::optional<objects::Instant> synced_at;     ///< when the last list was complete
  Availability availability = Availability::Syncing;
};

/// Both clocks of the machine.
Moment machine_clock();

struct ReflectorOptions {
  WatchTimings timings{};
  /// A page is at most 500 objects: half a minute without a byte of it is a dead peer.
  kube::Limits list{.connect = std::chrono::seconds(10),
                    .head = std::chrono::seconds(30),
                    .idle = std::chrono::seconds(30),
                    .total = std::chrono::minutes(5)};
  /// A server answers a watch within its own request timeout of a minute, and sends a bookmark about every minute: after two
  /// and a half without, the peer is gone, though TCP may not know. `total` is not used, see watch_grace.
  kube::Limits watch{.connect = std::chrono::seconds(10),
                     .head = std::chrono::seconds(65),
                     .idle = std::chrono::seconds(150),
                     .total = std::chrono::milliseconds(0)};
  /// How long after timeoutSeconds a watch that the server did not end is ended by us.
  std::chrono::seconds watch_grace{15};
  std::size_t max_line = 16u << 20;  ///< bytes; etcd's objects have at most about 1.5 MB
  std::function<Moment()> clock = machine_clock;
  LogSink log{};
};

/// Follows one target over a connection of its own and hands everything to an Intake: WatchFsm decides, this carries out.
/// Where the server knows several versions of the resource's API, each list takes the first of Resource's that is served.
///
/// Order at the end of a list: Intake::gap(), list_finished(), availability(). A gap with cause rewound comes before the
/// list_started() of the new history, so that what is listed belongs to it. A list that is refused makes no list_started().
///
/// Threading: everything runs on `executor`, which must be one strand or the only thread of its context. Lifetime: must outlive
/// run(), as must the Intake.
class Reflector {
 public:
  /// `stored`: how far an earlier run of the program got. `seed`: of all jitter.
  Reflector(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config, Target target,
            Intake& intake, std::optional<Position> stored, std::uint64_t seed, ReflectorOptions options = {});
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  /// Lists and watches until cancelled (Asio's terminal cancellation, not from within a call of the Intake), which ends it
  /// without an exception. To be called once. Throws only what the Intake or the log throws.
  boost::asio::awaitable<void> run();

  const Target& target() const { return target_; }
  const ReflectorStats& stats() const { return stats_; }

 private:
  boost::asio::awaitable<void> follow();
  boost::asio::awaitable<Input> execute(Command command);
  boost::asio::awaitable<Input> list_page(command::ListPage page);
  boost::asio::awaitable<Input> first_page(const command::ListPage& page);
  boost::asio::awaitable<Input> request_page(const command::ListPage& page);
  boost::asio::awaitable<Input> check(command::Check check);
  boost::asio::awaitable<Input> watch(command::Watch watch);
  boost::asio::awaitable<Input> wait(command::Wait wait);

  void begin_list(std::string_view resource_version);
  bool take_piece(LineSplitter& splitter, std::string_view piece, std::optional<WatchError>& failed);
  bool take_line(std::string_view line, std::optional<WatchError>& failed);
  void take_event(ObjectEvent event);
  void report(Step& step);
  void received(Moment now);
  void log_failure(const Input& input, const Command& next);
  void log_skipped(std::string_view kind, const std::string& why);
  void say(LogLevel level, const std::string& message) const;

  boost::asio::any_io_executor executor_;
  Target target_;
  Intake& intake_;
  ReflectorOptions options_;
  WatchFsm fsm_;
  kube::Connection connection_;
  WatchDecoder decoder_;
  std::string_view version_;  ///< of the resource's API, as the last list found it
  FailureLog calls_;
  FailureLog skipped_;
  ReflectorStats stats_;
  bool list_begun_ = false;   ///< list_started() was called for the list under way
  bool ever_listed_ = false;  ///< a list was begun
  bool watched_ = false;      ///< a watch was begun since the last list
};

}  // namespace snaptrail::informers
