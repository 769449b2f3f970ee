#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <optional>

#include "serving/http_server.hpp"

namespace snaptrail::serving {

/// What all sessions of a server share; outlives them.
struct SessionContext {
  Router router;
  HttpOptions options;
  HttpStats stats;
  bool stopping = false;
};

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

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  struct Verdict {
    Response response;
    bool keep_alive = true;
  };

  boost::asio::awaitable<bool> await_request(bool first);
  boost::asio::awaitable<boost::system::error_code> read_head(Parser& parser);
  /// What is said at once to a request that can't be answered; else nothing, and `request` is what it asks.
  static std::optional<Verdict> refusal(const Parser& parser, Request& request);
  boost::asio::awaitable<Response> handle(Request request);
  boost::asio::awaitable<bool> send(Response response, const Parser* parser, bool keep_alive);
  boost::asio::awaitable<void> linger();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::shared_ptr<SessionContext> context_;
  bool answering_ = false;
};

}  // namespace snaptrail::serving
