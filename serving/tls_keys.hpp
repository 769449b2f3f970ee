#pragma once

#include <memory>
#include <string>

#include "objects/instant.hpp"

namespace boost::asio::ssl {
class context;
}

namespace snaptrail::serving {

/// The certificate that the server shows, and how that went last.
struct TlsStats {
  bool last_reload_successful = true;
  objects::Instant not_after{};  ///< of the certificate in use
};

/// The server's certificate and private key, which may be replaced while it runs. TLS 1.2 or later, of 1.2 only ciphers with
/// forward secrecy and authenticated encryption, no renegotiation. One thread.
class TlsKeys {
 public:
  enum class Offered { Same, Taken, Refused };

  /// PEM, the leaf first. Throws ServeError(bad_certificate).
  TlsKeys(std::string cert_pem, std::string key_pem);
  ~TlsKeys();

  /// Another pair: connections from now on use it, those that stand keep theirs. One that can't be used changes nothing, and
  /// `why` is set to one line without a secret.
  Offered offer(std::string cert_pem, std::string key_pem, std::string& why);
  /// The files could not be read.
  void missed() { stats_.last_reload_successful = false; }

  std::shared_ptr<boost::asio::ssl::context> current() const { return context_; }
  const TlsStats& stats() const { return stats_; }

 private:
  std::string cert_pem_, key_pem_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  TlsStats stats_;
};

}  // namespace snaptrail::serving
