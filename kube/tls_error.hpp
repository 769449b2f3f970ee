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

/// The name or IP literal that the server's certificate must be for.
const std::string& expected_name(const ClusterConfig& config);

/// Makes `session` send SNI (unless the name is an IP literal), and verify the peer's certificate against the
/// name: subject alternative names only, as Go does.
bool expect_peer(SSL* session, const ClusterConfig& config);

/// Notes the first thing found wrong. For OpenSSL's verify callback.
void note_peer_check(bool good, X509_STORE_CTX* store, PeerCheck& check);

/// The Error of a TLS handshake that failed, or of a TLS alert after it.
Error tls_error(const boost::system::error_code& failed, const PeerCheck& check, const ClusterConfig& config);

}  // namespace snaptrail::kube
