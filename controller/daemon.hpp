#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "controller/config.hpp"
#include "controller/logging.hpp"
#include "informers/recording.hpp"
#include "kube/cluster_config.hpp"
#include "objects/row.hpp"

namespace snaptrail::controller {

struct DaemonOptions {
  Config config;
  std::string cluster;  ///< name in rows; never empty
  std::string version;
  std::function<void(const objects::Row&)> on_row;           ///< each committed row; may be empty
  std::function<void(const std::string& url)> on_listening;  ///< once the server listens; may be empty
};

/// The running machine: ledger, pipeline, informers (or a recording in their place), HTTP server, and the order in
/// which they start and stop (ARCHITECTURE.md). One I/O thread, the caller of run(); the ledger's writer has its own.
class Daemon {
 public:
  /// Opens the ledger and takes up what it knows. Throws ledger::Error. `log` must outlive it.
  Daemon(DaemonOptions options, const Log& log);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Follows a cluster until SIGTERM or SIGINT, then stops: informers, ledger, server. Throws serving::ServeError
  /// if it can't listen. Everything else that fails is retried and said. Returns the number of rows that could not be
  /// committed before shutdown.timeout.
  std::size_t run(std::shared_ptr<const kube::ClusterConfig> cluster);

  /// Plays a recording, shifted so that it happens now, at `speed` times its own pace, and goes on serving until SIGTERM
  /// or SIGINT. As run() otherwise.
  std::size_t play(informers::RecordingReader reader, const informers::RecordingSummary& summary, double speed);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::controller
