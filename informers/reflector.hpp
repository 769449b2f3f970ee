#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "informers/intake.hpp"
#include "informers/receiver.hpp"
#include "informers/watch_fsm.hpp"
#include "kube/client.hpp"

namespace snaptrail::informers {

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
  /// A stream whose bytes bring neither object nor bookmark for so long proves nothing any more: it is ended.
  std::chrono::milliseconds proof{std::chrono::seconds(150)};
  /// How long after timeoutSeconds a watch that the server did not end is ended by us.
  std::chrono::seconds watch_grace{15};
  std::size_t max_line = 16u << 20;  ///< bytes; etcd's objects have at most about 1.5 MB
  std::function<Moment()> clock = machine_clock;
  LogSink log{};
};

/// Follows one target over a connection of its own and hands everything to an Intake: WatchFsm decides, Receiver takes in, this
/// carries out.
/// Where the server knows several versions of the resource's API, each list takes the first of Resource's that is served.
///
/// Order at the end of a list: Intake::gap(), list_finished(), availability(). A gap with cause rewound comes before the
/// list_started() of the new history, so that what is listed belongs to it. A list that is refused makes no list_started().
/// Objects that are deleted while a list is streamed are delivered as such after its end.
///
/// Threading: everything runs on `executor`, which must be one strand or the only thread of its context. Lifetime: must outlive
/// run(), as must the Intake.
class Reflector {
 public:
  /// `stored`: as WatchFsm's. `seed`: of all jitter.
  Reflector(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config, Target target,
            Intake& intake, std::optional<Position> stored, std::uint64_t seed, ReflectorOptions options = {});
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  /// As WatchFsm::distrust(); before run().
  void distrust(Distrust distrust);

  /// Lists and watches until cancelled (Asio's terminal cancellation, not from within a call of the Intake), which ends it
  /// without an exception. To be called once. Throws only what the Intake or the log throws.
  boost::asio::awaitable<void> run();

  const Target& target() const { return receiver_.target(); }
  const ReflectorStats& stats() const { return receiver_.stats(); }

 private:
  boost::asio::awaitable<void> follow();
  boost::asio::awaitable<Input> execute(Command command);
  boost::asio::awaitable<Input> list_page(command::ListPage page);
  boost::asio::awaitable<Input> list(Command command);
  boost::asio::awaitable<Input> ask(const Command& command);
  boost::asio::awaitable<Input> request_page(const command::ListPage& page);
  boost::asio::awaitable<Input> stream_list(const command::StreamList& list);
  boost::asio::awaitable<Input> check(command::Check check);
  boost::asio::awaitable<Input> get_page(std::string path, bool listing);
  boost::asio::awaitable<Input> watch(command::Watch watch);
  boost::asio::awaitable<Input> follow_stream(std::string path, std::chrono::seconds timeout);
  boost::asio::awaitable<Input> wait(command::Wait wait);

  boost::asio::any_io_executor executor_;
  ReflectorOptions options_;
  WatchFsm fsm_;
  Receiver receiver_;
  kube::Connection connection_;
  std::string_view version_;  ///< of the resource's API, as the last list found it
};

}  // namespace snaptrail::informers
