#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "serving/http_stats.hpp"
#include "serving/listen_address.hpp"
#include "serving/router.hpp"
#include "serving/tls_keys.hpp"

namespace snaptrail::serving {

struct HttpOptions {
  std::chrono::milliseconds handshake_timeout{10'000};  ///< for TLS's, from the first byte to the last
  std::chrono::milliseconds head_timeout{10'000};       ///< for a request's whole head, so that dripping clients end
  std::chrono::milliseconds idle_timeout{60'000};       ///< between two requests of one connection
  std::chrono::milliseconds write_timeout{30'000};      ///< for a whole answer; of one in pieces for each of them
  std::chrono::milliseconds pieces_timeout{120'000};    ///< for a whole answer in pieces, however steadily it is read
  std::chrono::milliseconds answer_timeout{20'000};     ///< for a deferred handler's reply; then 504
  /// One more takes the place of the one that has waited longest for a further request; where none does, it gets a 503.
  std::size_t max_connections = 256;
  std::size_t max_head_bytes = 16u << 10;
  std::size_t gzip_from_bytes = 1u << 10;  ///< smaller bodies are sent as they are
  std::shared_ptr<TlsKeys> tls;            ///< null: plain HTTP
  /// Asked before the router is, for paths that it has; empty: nobody is refused.
  Guard guard;
  /// Told of each exception that a handler lets out; may be empty.
  std::function<void(std::string_view path, std::string_view what)> on_handler_error;
};

/// A small HTTP/1.1 server for one Router: GET and HEAD, keep-alive, pipelining, gzip, TLS if it has keys, no bodies.
///
/// Malformed requests get 400, other methods 405, bodies 413, heads over the limit 431; all of these end the connection. A
/// handler's exception is a 500 and counted.
///
/// Threading: everything, handlers too, runs on `executor`, which must run one thing at a time (a strand, or an
/// io_context with one thread); call every member there. Lifetime: sessions keep what they need, so the server may be
/// destroyed at any time; that closes all connections at once.
class HttpServer {
 public:
  HttpServer(boost::asio::any_io_executor executor, Router router, HttpOptions options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens and begins to accept. Throws ServeError. Once.
  void listen(const ListenAddress& address);

  /// Where it listens, with the port that the system chose; only after listen().
  ListenAddress local_endpoint() const;

  /// Stops accepting, closes connections that wait for a request, lets answers under way finish for at most `limit`,
  /// closes the rest and returns when no session is left. Cancellation: terminal; what is left then ends with
  /// the destructor.
  boost::asio::awaitable<void> stop(std::chrono::milliseconds limit);

  HttpStats stats() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace snaptrail::serving
