#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

namespace boost::asio::ssl {
class context;
}

namespace snaptrail::serving {

/// An accepted connection, by TLS or plain, with one deadline for all that is awaited. Errors come as codes. One strand.
class TlsStream {
 public:
  using Code = boost::system::error_code;
  struct Read {
    Code error;
    std::size_t bytes = 0;
  };

  /// Without a context: plain TCP.
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> context);
  ~TlsStream();
  TlsStream(TlsStream&&) noexcept;

  boost::asio::any_io_executor executor() const;
  bool is_tls() const;
  /// The connection below TLS: to wait on, not to read from. Valid as long as the stream.
  boost::asio::ip::tcp::socket& socket();
  /// What is awaited from now on has to be done by then, or the connection is closed.
  void expires_after(std::chrono::milliseconds limit);

  /// The client's first; nothing to do on plain TCP. One that speaks plain HTTP is told so.
  boost::asio::awaitable<Code> handshake();
  boost::asio::awaitable<Read> read_some(boost::asio::mutable_buffer buffer);
  boost::asio::awaitable<Code> write(std::array<boost::asio::const_buffer, 2> buffers);
  /// Tells the client that nothing more will be sent.
  boost::asio::awaitable<void> end();
  /// Reads what the client still sends, as it comes over the wire, up to `most` bytes. After end().
  boost::asio::awaitable<void> drain(std::size_t most);
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::serving
