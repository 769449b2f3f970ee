#pragma once

#include "kube/cluster_config.hpp"
#include "kube/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// Limits of one call. Every wait of the client is covered by one of them.
struct Limits {
  std::chrono::milliseconds connect{10'000};  ///< resolve, TCP, proxy and TLS handshake together
  std::chrono::milliseconds head{60'000};     ///< request sent until the answer's head is here
  std::chrono::milliseconds idle{60'000};     ///< between two pieces of the body
  std::chrono::milliseconds total{0};         ///< the whole call; 0: no limit of its own
};

/// Takes a piece of a successful answer's body as it arrives; false ends the call with Errc::cancelled
/// and closes the connection. The piece is valid during the call only.
using BodySink = std::function<bool(std::string_view piece)>;

/// The media type that is sent, and asked for.
inline constexpr std::string_view kJson = "application/json";

/// A request that has a body: a POST or PATCH.
struct Write {
  std::string method;               ///< "POST" or "PATCH"
  std::string target;               ///< path and query, already encoded
  std::string body;                 ///< JSON
  std::string content_type{kJson};  ///< of the body
  std::string accept{kJson};        ///< the media types that the answer may be of
};

/// One kept-alive HTTP/1.1 connection to the API server of a ClusterConfig, through its proxy if it has one: TLS
/// verified against the configured CA and name (SNI sent unless the host is an IP literal), credentials added to each
/// request, re-read from their files as they rotate, or got from an exec plugin. One call at a time: a watch needs a
/// Connection of its own.
///
/// Threading: used from one strand. Lifetime: must outlive the calls. Cancellation: Asio's per-operation
/// cancellation (terminal) ends a call with Errc::cancelled. After any failure the next call
/// connects anew.
class Connection {
 public:
  Connection(boost::asio::any_io_executor executor, std::shared_ptr<const ClusterConfig> config);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// GET of `target` (path and query, already encoded). A 2xx body goes to `sink`, and the answer's status
  /// is returned; any other answer is an Error with the server's Status. A 401 is tried once more with
  /// credentials from files that are read again, or from an exec plugin that is run again. A kept-alive connection that turns out closed
  /// before any byte of the answer is replaced once, silently.
  /// `accept`: the media types that are asked for.
  boost::asio::awaitable<Result<int>> get(std::string target, Limits limits, BodySink sink,
                                          std::string_view accept = kJson);

  /// GET of a small document into memory, at most `max_bytes` (else Errc::protocol).
  boost::asio::awaitable<Result<std::string>> get_text(std::string target, Limits limits,
                                                       std::size_t max_bytes = 4u << 20);

  /// Sends a Write, and returns the body of its 2xx answer, at most `max_bytes`. All else as for get(), the second try after
  /// a 401 or over a connection that turned out closed too: only for what may be asked twice.
  boost::asio::awaitable<Result<std::string>> send(Write write, Limits limits, std::size_t max_bytes = 1u << 20);

  /// POST of a review (SelfSubjectAccessReview and its like): a question with a body, which creates nothing. So it may be
  /// sent twice, as a get(). The answer is read into memory, at most `max_bytes`.
  boost::asio::awaitable<Result<std::string>> review(std::string target, std::string json, Limits limits,
                                                     std::size_t max_bytes = 1u << 20);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::kube
