#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/errc.hpp>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "serving/http_session.hpp"

namespace snaptrail::serving {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);

/// What the stream's coroutine waits for: a piece, the end of the client, or the time of the next sign of life.
struct Waiting {
  explicit Waiting(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  bool woken = false;
  bool client_gone = false;

  void wake() {
    woken = true;
    timer.cancel();
  }
};

/// A client that has asked has nothing more to say: what it sends then is its end. By TLS its goodbye comes as bytes, and what
/// is written next finds it gone.
void watch_client(asio::ip::tcp::socket& socket, const std::shared_ptr<Waiting>& waiting) {
  socket.async_wait(asio::ip::tcp::socket::wait_read, [&socket, weak = std::weak_ptr(waiting)](error_code ec) {
    const auto open = weak.lock();
    if (!open) return;
    error_code failed;
    if (!ec && socket.available(failed) > 0 && !failed) return;  // something said after all; only its end matters
    open->client_gone = true;
    open->wake();
  });
}

}  // namespace

std::string unsized_head(const Response& response, bool chunked, bool keep_alive) {
  http::response<http::empty_body> head;
  head.version(chunked ? 11 : 10);
  head.result(response.status);
  head.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) head.set(name, value);
  add_standard_headers(head);
  head.keep_alive(keep_alive);
  if (chunked) head.chunked(true);
  std::ostringstream text;
  text << head.base();
  return text.str();
}

asio::awaitable<error_code> HttpSession::write_all(std::string_view bytes, Deadline deadline) {
  std::chrono::milliseconds limit = context_->options.write_timeout;
  if (deadline != Deadline::max()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) co_return make_error_code(boost::system::errc::timed_out);
    limit = std::min(limit, left);
  }
  stream_.expires_after(limit);
  co_return co_await stream_.write({asio::buffer(bytes), asio::const_buffer()});
}

asio::awaitable<void> HttpSession::send_stream(Response response, const Parser& parser) {
  ++context_->stats.answers[response.status];
  const bool chunked = parser.get().version() >= 11;
  const std::string head = unsized_head(response, chunked, false);
  if (co_await write_all(head) || parser.get().method() == http::verb::head) co_return;

  const auto body = std::move(response.stream);
  const auto waiting = std::make_shared<Waiting>(stream_.executor());
  // Weakly: the body may outlive the event loop, which the timer must not.
  wake_stream_ = [weak = std::weak_ptr(waiting)] {
    if (const auto open = weak.lock()) open->wake();
  };
  body->on_ready(wake_stream_);
  watch_client(stream_.socket(), waiting);
  while (!context_->stopping && !waiting->client_gone) {
    waiting->woken = false;
    auto piece = body->take();
    if (!piece) break;
    if (piece->empty()) {
      if (waiting->woken) continue;
      waiting->timer.expires_after(body->idle_after());
      co_await waiting->timer.async_wait(kResult);
      if (waiting->woken) continue;
      piece = body->keep_alive();
    }
    const std::string bytes = chunked ? fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece) : std::move(*piece);
    if (co_await write_all(bytes)) waiting->client_gone = true;
  }
  // With its last chunk the body is whole, not cut; where that fails the client is gone.
  if (chunked && !waiting->client_gone) co_await write_all("0\r\n\r\n");
  body->on_ready({});
  wake_stream_ = nullptr;
}

}  // namespace snaptrail::serving
