#pragma once

#include "kube/cluster_config.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <boost/system/error_code.hpp>

#include <string>

namespace snaptrail::kube {

/// What was wrong with the server's certificate, noted while it was verified.
struct PeerCheck {
  int error = X509_V_OK;
  std::string subject;  ///< of the certificate that failed, which may be an intermediate one
  std::string issuer;
  std::string names;  ///< the names and addresses it is for
  std::string valid;  ///< "from … until …"
};

/// Whom a TLS handshake is with.
struct TlsPeer {
  std::string name;        ///< name or IP literal that its certificate must be for
  std::string server;      ///< for messages: "https://10.0.0.1:6443 of context prod"
  std::string authority;   ///< for messages: what its certificate must be trusted by
  std::string credential;  ///< for messages: where our client certificate is from
  bool verify = true;
  bool is_proxy = false;  ///< failures are Errc::proxy
};

/// The API server of a configuration.
TlsPeer peer_of(const ClusterConfig& config);
/// The https proxy of a configuration, which must have one.
TlsPeer proxy_peer_of(const ClusterConfig& config);

/// Makes `session` send SNI (unless the name is an IP literal), and verify the peer's certificate against the
/// name: subject alternative names only, as Go does.
bool expect_peer(SSL* session, const std::string& name);

/// Notes the first thing found wrong. For OpenSSL's verify callback.
void note_peer_check(bool good, X509_STORE_CTX* store, PeerCheck& check);

/// The Error of a TLS handshake that failed, or of a TLS alert after it.
Error tls_error(const boost::system::error_code& failed, const PeerCheck& check, const TlsPeer& peer);

}  // namespace snaptrail::kube
