#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "controller/config.hpp"
#include "controller/event_writer.hpp"
#include "controller/logging.hpp"
#include "controller/token_reviewer.hpp"
#include "kube/cluster_config.hpp"
#include "serving/authenticator.hpp"
#include "serving/http_server.hpp"
#include "serving/option_stats.hpp"

namespace snaptrail::controller {

/// The parts of the daemon that a configuration turns on: TLS and authentication of its HTTP server, and Kubernetes Events. One
/// strand, the executor's.
class OptionalParts {
 public:
  /// `cluster` null: none is followed, and nobody can be asked or told. Throws serving::ServeError for a certificate that can't be
  /// used. `log` must outlive it.
  OptionalParts(boost::asio::any_io_executor executor, const Log& log, const Config& config,
                std::shared_ptr<const kube::ClusterConfig> cluster);

  /// Makes a server of these options serve by TLS and ask who asks, where that is on.
  void add_to(serving::HttpOptions& options) const;
  const std::shared_ptr<serving::TlsKeys>& tls() const { return tls_; }

  /// A row that is committed.
  void recorded(const objects::Row& row);
  /// The daemon stops: what was to be told of is told by the log and the ledger. Requests are still judged.
  void stop_events();

  serving::OptionStats stats() const;

 private:
  std::shared_ptr<serving::TlsKeys> tls_;
  std::unique_ptr<TokenReviewer> reviewer_;
  std::shared_ptr<serving::Authenticator> authenticator_;
  std::unique_ptr<EventWriter> events_;
};

}  // namespace snaptrail::controller
