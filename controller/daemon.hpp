#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/config.hpp"
#include "controller/logging.hpp"
#include "informers/recording.hpp"
#include "kube/cluster_config.hpp"
#include "objects/row.hpp"
#include "serving/demo_endpoints.hpp"

namespace snaptrail::controller {

struct DaemonOptions {
  Config config;
  std::string cluster;  ///< name in rows; never empty
  std::string version;
  std::filesystem::path config_file;                         ///< followed as it changes; empty: none
  std::vector<Override> overrides;                           ///< what goes over it
  std::function<void(const objects::Row&)> on_row;           ///< each committed row; may be empty
  std::function<void(const std::string& url)> on_listening;  ///< once the server listens; may be empty
  std::optional<serving::DemoShow> show{};                   ///< of play(): what the page offers
};

/// How play() ended.
struct Played {
  std::size_t lost_rows = 0;  ///< that could not be committed before shutdown.timeout
  std::optional<std::string>
      next;  ///< the recording to play next: the same again, or a visitor's choice; none: a signal
};

/// The running machine: ledger, pipeline, informers (or a recording in their place), HTTP server, and the order in
/// which they start and stop (ARCHITECTURE.md). One I/O thread, the caller of run(); the ledger's writer has its own.
class Daemon {
 public:
  /// Opens the ledger and takes up what it knows. One that the disk keeps from being opened is tried again while running; any other
  /// failure to open it throws ledger::Error. `log` must outlive it.
  Daemon(DaemonOptions options, const Log& log);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Follows a cluster until SIGTERM or SIGINT, then stops: informers, ledger, server. Throws serving::ServeError
  /// if it can't listen. Everything else that fails is retried and said. Once a ledger that could not be opened can be, and holds an
  /// earlier trail, it starts over from that. Returns the number of rows that could not be
  /// committed before shutdown.timeout.
  std::size_t run(std::shared_ptr<const kube::ClusterConfig> cluster);

  /// Plays a recording, shifted so that it happens now, at `speed` times its own pace, and goes on serving until SIGTERM
  /// or SIGINT; with a show, until its pause after the end is over or a visitor chooses a recording. As run() otherwise.
  Played play(informers::RecordingReader reader, const informers::RecordingSummary& summary, double speed);

 private:
  struct Impl;
  std::size_t follow(std::shared_ptr<const kube::ClusterConfig> cluster);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::controller
