#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/daemon.hpp"
#include "controller/follower.hpp"
#include "controller/ledger_reads.hpp"
#include "controller/optional_parts.hpp"
#include "controller/pipeline.hpp"
#include "controller/reload.hpp"
#include "controller/replayer.hpp"
#include "controller/views.hpp"
#include "ledger/writer.hpp"
#include "serving/endpoints.hpp"
#include "serving/http_server.hpp"

namespace snaptrail::controller {

namespace asio = boost::asio;
using asio::awaitable;
using objects::Instant;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

inline Instant wall_clock() { return std::chrono::floor<objects::Millis>(std::chrono::system_clock::now()); }

/// The parts of a Daemon and how they are tied together: daemon_start.cpp makes them, daemon_sink.cpp passes on what they tell, daemon.cpp
/// keeps time and ends them.
struct Daemon::Impl : PipelineSink {
  /// `again`: started over, so that whatever is wrong with the ledger now ends nothing.
  Impl(DaemonOptions opts, const Log& logger, bool again);

  // Made in this order, ended in the reverse one.
  DaemonOptions options;
  const Log& log;
  asio::io_context io{1};
  asio::signal_set signals{io, SIGTERM, SIGINT};
  std::optional<ledger::Ledger> ledger;
  std::string ledger_error;  ///< why there is none
  std::vector<ledger::Position> positions;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<ledger::Writer> writer;
  std::unique_ptr<Views> views;
  std::unique_ptr<LedgerReads> ledger_reads;
  std::unique_ptr<serving::RowFeed> feed;
  std::unique_ptr<serving::Metrics> metrics;
  std::shared_ptr<const kube::ClusterConfig> cluster;  ///< null while a recording plays
  std::unique_ptr<OptionalParts> parts;
  std::unique_ptr<serving::HttpServer> server;
  std::unique_ptr<Reload> reload;
  std::unique_ptr<Follower> follower;
  std::unique_ptr<Replayer> replayer;
  std::unique_ptr<asio::steady_timer> ticker;
  std::unique_ptr<asio::steady_timer> play_timer;
  /// A recording that plays.
  struct Playing {
    steady_clock::time_point started;
    Instant first;
    double speed = 1;
  };
  std::optional<Playing> playing;
  std::optional<steady_clock::time_point> stop_by;
  std::size_t lost_rows = 0;
  bool start_over = false;  ///< the ledger can be opened and holds a trail
  bool signalled = false;
  bool informers_running = false;
  std::string ledger_id;
  serving::StreamPlace first_place;  ///< the ledger's end at the start
  std::optional<std::string> next;

  // daemon_start.cpp
  ledger::Ledger open_ledger() const;
  void start(std::vector<informers::Target> targets, Scope scope = {});
  void take_up_ledger();
  /// Findings that stand are not begun again, and what earlier runs saw tells a slow driver from a stuck one.
  void recall_findings();
  void start_writer();
  /// What was seen without knowing the trail can't go on from it: the next start finds it again by its lists, as after any other stop.
  void take_up_trail();
  void start_server();
  void start_reload();
  /// What may change while it runs (config_reload.hpp).
  void apply(const Config& config);
  std::map<std::string, informers::StreamTraffic> traffic() const;

  // daemon_sink.cpp
  void record(ledger::Batch batch) override;
  void availability_changed(const informers::Target& target, informers::Availability availability,
                            std::string_view why) override;
  void operation_finished(const FinishedOperation& operation) override;
  bool has_room() const override;
  void gate_opened(Instant) override;
  void scope_changed(const Scope::Change& change) override;
  void namespaces_missing(const std::vector<std::string>& names) override;
  std::string class_of(objects::Kind kind, const objects::Uid& uid) const;
  /// Classes that exist have their series at 0 before anything happens to them.
  void tell_classes();
  void on_committed(const std::vector<objects::Row>& rows, Instant at);

  // daemon.cpp
  void spawn(awaitable<void> task);
  /// The pipeline's time: the wall's, and while a recording plays its own, which the wall's may be ahead of.
  Instant now() const;
  awaitable<void> tick();
  /// Lines play at their own distance, `speed` times as fast; the pipeline sees their shifted times.
  awaitable<void> play_all(double speed);
  /// Once what asked for it is answered.
  void play_next(const std::string& name);
  void request_stop();
  milliseconds time_left() const;
  /// Serves until a signal, and ends in the order of ARCHITECTURE.md: no more intake, the ledger drained, answers finished.
  std::size_t serve();
};

}  // namespace snaptrail::controller
