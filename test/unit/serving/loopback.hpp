#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "serving/http_server.hpp"

/// A server on loopback and clients that speak to it byte by byte, all on one io_context in the test's own thread.
namespace snaptrail::serving::test {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;
using HttpResponse = http::response<http::string_body>;

/// No wait of a test may last longer. Only a test that fails takes this long.
inline constexpr std::chrono::seconds kPatience{60};

struct Loopback {
  explicit Loopback(Router router = {}, HttpOptions options = {}, const std::string& address = "127.0.0.1:0")
      : server(std::in_place, io.get_executor(), std::move(router), std::move(options)) {
    server->listen(parse_listen_address(address));
  }

  /// Runs everything until `done` holds. Fails the test where that takes too long.
  template <class Done>
  void pump_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) FAIL("nothing happened within the test's patience");
      io.restart();
      io.run_one_for(std::chrono::milliseconds(20));
    }
  }

  struct Stopped {
    bool* done;
    void operator()(std::exception_ptr) const { *done = true; }
  };
  void stop(std::chrono::milliseconds limit) {
    bool done = false;
    boost::asio::co_spawn(io, server->stop(limit), Stopped{&done});
    pump_until([&] { return done; });
  }

  boost::asio::io_context io;
  std::optional<HttpServer> server;
};

class Client {
 public:
  explicit Client(Loopback& loop, int receive_buffer = 0) : loop_(loop), socket_(loop.io) {
    const ListenAddress address = loop.server->local_endpoint();
    const auto host = boost::asio::ip::make_address(address.host);
    const tcp::endpoint endpoint(host.is_unspecified() ? boost::asio::ip::make_address("127.0.0.1") : host,
                                 address.port);
    socket_.open(endpoint.protocol());
    if (receive_buffer > 0) socket_.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer));
    socket_.connect(endpoint);  // the kernel completes it; nobody has to accept for that
  }

  void send(const std::string& bytes) {
    bool done = false;
    boost::asio::async_write(socket_, boost::asio::buffer(bytes), [&done](error_code, std::size_t) { done = true; });
    loop_.pump_until([&] { return done; });
  }

  /// The next answer; to a HEAD it has no body.
  HttpResponse receive(bool to_head = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(to_head);
    parser.body_limit(boost::none);
    std::optional<error_code> result;
    http::async_read(socket_, buffer_, parser, [&result](error_code ec, std::size_t) { result = ec; });
    loop_.pump_until([&] { return result.has_value(); });
    if (*result) throw std::runtime_error("no answer: " + result->message());
    return parser.release();
  }

  HttpResponse ask(const std::string& request) {
    send(request);
    return receive();
  }

  /// Everything until the server closes.
  std::string drain() {
    std::string rest;
    bool done = false;
    boost::asio::async_read(socket_, boost::asio::dynamic_buffer(rest),
                            [&done](error_code, std::size_t) { done = true; });
    loop_.pump_until([&] { return done; });
    return rest;
  }
  /// Reads on until the server closes; gives the last `most` bytes.
  std::string last_before_close(std::size_t most) {
    std::string last, piece(64u << 10, '\0');
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (bool closed = false; !closed;) {
      if (std::chrono::steady_clock::now() > deadline) FAIL("the server does not close within the test's patience");
      std::optional<std::size_t> read;
      socket_.async_read_some(boost::asio::buffer(piece), [&](error_code ec, std::size_t size) {
        read = size;
        closed = ec.failed();
      });
      loop_.pump_until([&] { return read.has_value(); });
      last.append(piece, 0, *read);
      if (last.size() > most) last.erase(0, last.size() - most);
    }
    return last;
  }
  bool is_closed_by_server() { return drain().empty(); }

  void close() { socket_.close(); }
  void reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }

 private:
  Loopback& loop_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

inline std::string get(const std::string& target, const std::string& headers = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

/// /small, /large (1 MB), /echo (the parameter q), /throws.
inline Router sample_router() {
  Router router;
  router.add("/small", [](const Request&) { return text_response(200, "small"); });
  router.add("/large", [](const Request&) { return text_response(200, std::string(1 << 20, 'x')); });
  router.add("/echo", [](const Request& request) {
    const std::string* value = request.param("q");
    return text_response(200, value == nullptr ? "nothing" : *value);
  });
  router.add("/throws", [](const Request&) -> Response { throw std::runtime_error("secret detail"); });
  return router;
}

}  // namespace snaptrail::serving::test
