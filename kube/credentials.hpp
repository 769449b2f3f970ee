#pragma once

#include "kube/cluster_config.hpp"
#include "kube/exec_credential.hpp"
#include "kube/token_source.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>

namespace snaptrail::kube {

/// Who one request is from.
struct Presented {
  std::string authorization;  ///< the Authorization field's value; empty: none is sent
  ExecCredentialPtr plugin;   ///< the exec plugin's, whose client certificate is for the TLS handshake; may be null
};

/// Where a connection has its credentials from: a token or its file, user name and password, or an exec plugin.
///
/// Threading: one strand. Lifetime: outlives its operations.
class Credentials {
 public:
  Credentials(const boost::asio::any_io_executor& executor, const ClusterConfig& config);

  /// The credentials to send now. Waits for an exec plugin if need be. Errors: Errc::invalid_config (a token file that has
  /// never been good), Errc::credentials, Errc::cancelled.
  boost::asio::awaitable<Result<Presented>> current();
  /// Ends a current() that waits.
  void give_up() { wake_.cancel(); }

  /// The server answered 401. True if it is worth to ask once more, with what current() then gives.
  bool refused(const Presented& presented);

 private:
  TokenSource tokens_;
  std::string basic_;
  std::shared_ptr<ExecSource> exec_;
  boost::asio::steady_timer wake_;
};

}  // namespace snaptrail::kube
