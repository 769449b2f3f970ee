#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include "serving/http_server.hpp"
#include "serving/tls_stream.hpp"

namespace snaptrail::serving {

/// What all sessions of a server share; outlives them.
struct SessionContext {
  Router router;
  HttpOptions options;
  HttpStats stats;
  bool stopping = false;
  std::uint64_t waits = 0;  ///< for a further request's head that have begun, in all sessions
};

/// What every answer has, where the handler has not set it.
void add_standard_headers(boost::beast::http::fields& fields);

/// The head of an answer whose length is not known. Chunked is by HTTP/1.1; else it is HTTP/1.0, and the connection's end is the
/// body's.
std::string unsized_head(const Response& response, bool chunked, bool keep_alive);

/// One connection. Runs on the server's strand.
class HttpSession {
 public:
  HttpSession(boost::asio::ip::tcp::socket socket, std::shared_ptr<SessionContext> context);

  /// Answers requests until the connection ends; never throws but for want of memory.
  boost::asio::awaitable<void> run();
  /// Answers 503 to whatever is asked, and ends.
  boost::asio::awaitable<void> refuse();

  /// The server stops: an answer under way may finish, a connection that waits for a request closes.
  void stop();
  void close();

  /// When its wait for a further request's head began, in the order of all sessions' waits; kNotIdle while it has none. What
  /// came of a head does not end the wait: a byte of it would keep the connection's place.
  std::uint64_t idle_turn() const { return idle_turn_; }
  static constexpr std::uint64_t kNotIdle = std::numeric_limits<std::uint64_t>::max();

  /// Closes it for another's sake: from then on it counts no more to the limit of connections, though its end is to come.
  void evict();
  bool is_evicted() const { return evicted_; }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using Deadline = std::chrono::steady_clock::time_point;
  struct Verdict {
    Response response;
    bool keep_alive = true;
  };

  boost::asio::awaitable<bool> await_request(bool first);
  boost::asio::awaitable<boost::system::error_code> read_head(Parser& parser);
  /// What is said at once to a request that can't be answered; else nothing, and `request` is what it asks.
  static std::optional<Verdict> refusal(const Parser& parser, Request& request);
  /// Nothing where it may be answered.
  boost::asio::awaitable<std::optional<Response>> judge(const Request& request);
  boost::asio::awaitable<Response> handle(Request request);
  boost::asio::awaitable<bool> send(Response response, const Parser* parser, bool keep_alive);
  /// Writes a body that goes on (http_stream.cpp), until it or the client ends, or the server stops.
  boost::asio::awaitable<void> send_stream(Response response, const Parser& parser);
  /// Writes a body of pieces (http_pieces.cpp), each within the time for an answer and all of them within theirs. False where it
  /// failed.
  boost::asio::awaitable<bool> send_pieces(Response response, const Parser& parser, bool keep_alive);
  /// The same for who takes no chunks, as one text whose length is said before: a body that ends with its connection could not be told
  /// from one that is cut. The pieces live until it is written.
  boost::asio::awaitable<bool> send_joined(Response response, const Parser& parser, bool keep_alive);
  boost::asio::awaitable<bool> write_chunk(std::string_view bytes, Deadline deadline);
  /// Writes all of it within the time for an answer, and before `deadline`.
  boost::asio::awaitable<boost::system::error_code> write_all(std::string_view bytes,
                                                              Deadline deadline = Deadline::max());
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<void> serve();

  TlsStream stream_;
  boost::beast::flat_buffer buffer_;
  std::shared_ptr<SessionContext> context_;
  bool answering_ = false;
  bool evicted_ = false;
  std::uint64_t idle_turn_ = kNotIdle;
  std::function<void()> wake_stream_;  ///< set while a body goes on
};

}  // namespace snaptrail::serving
