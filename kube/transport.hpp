#pragma once

#include "kube/tls_error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace snaptrail::kube {

/// One byte stream to a host: TCP, TLS, or TLS within TLS. It sets no deadlines itself: close() from the
/// outside makes every pending operation return with an error. Errors come as codes; awaiting code asks for
/// cancellation first and for an expired deadline second.
///
/// Threading: one strand. Lifetime: outlives its operations.
class Transport {
 public:
  using Code = boost::system::error_code;

  struct Transferred {
    Code error;
    std::size_t bytes = 0;
  };

  explicit Transport(const boost::asio::any_io_executor& executor);
  ~Transport();

  /// Resolves and connects, trying each address in turn; `limit` is shared out among the addresses that are
  /// left, so that one that is a black hole does not use up the time of the others.
  boost::asio::awaitable<Code> connect(std::string host, std::uint16_t port, std::chrono::milliseconds limit);
  /// Whether connect() failed for want of an address.
  bool unresolved() const;

  /// TLS with `peer` over what there is: the TCP stream, or TLS with an https proxy.
  boost::asio::awaitable<Code> handshake(std::shared_ptr<boost::asio::ssl::context> context, TlsPeer peer);
  /// Whom the last handshake() was with, and what it found wrong with the certificate.
  const TlsPeer& peer() const;
  const PeerCheck& peer_check() const;

  boost::asio::awaitable<Transferred> read_some(char* data, std::size_t size);
  boost::asio::awaitable<Code> write(std::string_view bytes);

  /// Closes the socket at once, without TLS's goodbye, which would have to be waited for.
  void close() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The peer ended the stream (with or without TLS's goodbye).
bool is_end_of_stream(const boost::system::error_code& error);
/// The error comes from TLS and is no mere end of stream.
bool is_tls_failure(const boost::system::error_code& error);

}  // namespace snaptrail::kube
