#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace snaptrail::informers::test {

/// What happens after an answer's bytes are out.
enum class Then { KeepAlive, Close, Hang };

struct Answer {
  std::string bytes;
  Then then = Then::KeepAlive;
};

inline Answer answer(int status, const std::string& body, const std::string& headers = "") {
  return {"HTTP/1.1 " + std::to_string(status) + " Some\r\nContent-Type: application/json\r\n" + headers +
          "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

/// A Status as the API server sends it.
inline Answer status(int code, const std::string& reason) {
  return answer(code, R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":")" + reason +
                          R"(","code":)" + std::to_string(code) + "}");
}

inline Answer hang() { return {"", Then::Hang}; }
inline Answer close() { return {"", Then::Close}; }

inline std::string chunk(const std::string& piece) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
  return size + piece + "\r\n";
}

enum class End { Clean, Cut, Open };

/// A watch's answer from its pieces, each one chunk.
inline Answer stream(const std::vector<std::string>& pieces, End end) {
  Answer a{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"};
  for (const std::string& piece : pieces) a.bytes += chunk(piece);
  if (end == End::Clean) a.bytes += "0\r\n\r\n";
  a.then = end == End::Clean ? Then::KeepAlive : end == End::Cut ? Then::Close : Then::Hang;
  return a;
}

/// An HTTP/1.1 server on loopback that answers as a function says. Everything on the thread of its io_context.
class ScriptedServer {
 public:
  using Handler = std::function<Answer(const std::string& target)>;

  ScriptedServer(boost::asio::io_context& context, Handler handler)
      : handler_(std::move(handler)), acceptor_(context, {boost::asio::ip::address_v4::loopback(), 0}) {
    boost::asio::co_spawn(context, serve(), [](const std::exception_ptr& e) { rethrow(e); });
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  /// Closes everything; the io_context then runs out of the server's work.
  void stop() {
    acceptor_.close();
    for (const auto& socket : sockets_) socket->close();
  }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  static constexpr auto kToken = boost::asio::as_tuple(boost::asio::use_awaitable);

  static void rethrow(const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  }

  boost::asio::awaitable<void> serve() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kToken);
      if (error) co_return;
      auto shared = std::make_shared<Socket>(std::move(socket));
      sockets_.insert(shared);
      boost::asio::co_spawn(acceptor_.get_executor(), session(shared), [](const std::exception_ptr& e) { rethrow(e); });
    }
  }

  boost::asio::awaitable<void> session(std::shared_ptr<Socket> socket) {
    std::string buffer;
    for (;;) {
      auto [error, size] =
          co_await boost::asio::async_read_until(*socket, boost::asio::dynamic_buffer(buffer), "\r\n\r\n", kToken);
      if (error) break;
      const std::string head = buffer.substr(0, size);
      buffer.erase(0, size);
      const auto begin = head.find(' ') + 1;
      const Answer next = handler_(head.substr(begin, head.find(' ', begin) - begin));
      auto [unsent, sent] = co_await boost::asio::async_write(*socket, boost::asio::buffer(next.bytes), kToken);
      if (unsent || next.then == Then::Close) break;
      // While it hangs only the client's own end is awaited.
      if (next.then == Then::Hang)
        co_await boost::asio::async_read_until(*socket, boost::asio::dynamic_buffer(buffer), "\r\n\r\n", kToken);
    }
    socket->close();
    sockets_.erase(socket);
  }

  Handler handler_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::set<std::shared_ptr<Socket>> sockets_;
};

}  // namespace snaptrail::informers::test
