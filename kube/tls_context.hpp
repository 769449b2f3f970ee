#pragma once

#include "kube/cluster_config.hpp"

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace snaptrail::kube {

/// What the TLS of a Connection rests on: trusted CAs and our own certificate. Files are read again at each
/// new connect, and the last good contents stay in use while a file is missing, damaged or half rotated.
class TlsContext {
 public:
  explicit TlsContext(std::shared_ptr<const ClusterConfig> config);

  /// The context for a new connection: TLS 1.2 or later, peers verified unless the configuration says
  /// otherwise.
  Result<std::shared_ptr<boost::asio::ssl::context>> current();

  /// Reads the files again. True if there is a new CA or client certificate, which connections from now on use.
  bool reread_files();

  /// The client certificate of an exec plugin, in place of the configuration's; empty: none. True if it is another one.
  bool present(const std::string& cert_pem, const std::string& key_pem);

  /// The context for TLS with an https proxy: it may be trusted by the system's CAs as well as by the cluster's (Go knows
  /// the cluster's only), and is shown no client certificate.
  Result<std::shared_ptr<boost::asio::ssl::context>> for_proxy();

 private:
  std::shared_ptr<const ClusterConfig> config_;
  std::string ca_pem_;
  std::string client_cert_pem_;
  std::string client_key_pem_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace snaptrail::kube
