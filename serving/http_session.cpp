#include "serving/http_session.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <ctime>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "serving/gzip.hpp"

namespace snaptrail::serving {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);

/// Room for pipelined requests behind a head of the largest size.
constexpr std::size_t kReadAhead = 4096;

/// How much of what a refused client still sends is read away, and for how long: closing with unread bytes resets the
/// connection and may destroy the answer before the client has read it.
constexpr std::size_t kLingerBytes = 256u << 10;
constexpr std::chrono::seconds kLingerTime{2};

bool is_malformed(const error_code& ec) {
  return ec.category() == http::make_error_code(http::error::bad_method).category();
}

/// Any Transfer-Encoding is a body's (RFC 9112, 6.3), also one that the parser passes over since it is not `chunked`: what
/// follows such a head is no further request.
bool has_body(const http::request_parser<http::empty_body>& parser) {
  return parser.get().count(http::field::transfer_encoding) > 0 ||
         (parser.content_length() && *parser.content_length() > 0);
}

bool is_read(http::verb verb) { return verb == http::verb::get || verb == http::verb::head; }

void set_unless_present(http::fields& fields, std::string_view name, std::string_view value) {
  if (fields.find(name) == fields.end()) fields.set(name, value);
}

}  // namespace

void add_standard_headers(http::fields& fields) {
  fields.set(http::field::date, fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::time(nullptr))));
  fields.set("X-Content-Type-Options", "nosniff");
  fields.set("Referrer-Policy", "no-referrer");
  fields.set("X-Frame-Options", "DENY");
  set_unless_present(fields, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  set_unless_present(fields, "Cache-Control", "no-store");
}

namespace {

/// What is decided or answered elsewhere. That may happen when the session has given up, or is gone with its executor: who
/// settles it holds it weakly.
template <class T>
struct Pending {
  Pending(const asio::any_io_executor& executor, std::chrono::milliseconds limit) : settled(executor) {
    settled.expires_after(limit);
  }
  /// Calls after the first one change nothing.
  void settle(T with) {
    if (value) return;
    value.emplace(std::move(with));
    settled.cancel();
  }
  std::optional<T> value;
  asio::steady_timer settled;
};

}  // namespace

HttpSession::HttpSession(asio::ip::tcp::socket socket, std::shared_ptr<SessionContext> context)
    : stream_(std::move(socket), context->options.tls ? context->options.tls->current() : nullptr),
      buffer_(context->options.max_head_bytes + kReadAhead),
      context_(std::move(context)) {}

void HttpSession::stop() {
  if (wake_stream_) return wake_stream_();
  if (!answering_) close();
}

void HttpSession::close() { stream_.close(); }

void HttpSession::evict() {
  evicted_ = true;
  idle_turn_ = kNotIdle;
  close();
}

asio::awaitable<void> HttpSession::run() {
  stream_.expires_after(context_->options.handshake_timeout);
  const error_code failed = co_await stream_.handshake();  // g++ 12 traps where an `if` awaits a class by itself
  if (failed) {
    ++context_->stats.failed_handshakes;
  } else {
    co_await serve();
  }
  close();
}

asio::awaitable<void> HttpSession::serve() {
  for (bool first = true; !context_->stopping; first = false) {
    if (!first) idle_turn_ = context_->waits++;
    if (!co_await await_request(first)) break;
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(context_->options.max_head_bytes));
    parser.body_limit(boost::none);  // bodies are never read, and answered by 413 instead of "malformed"
    const error_code ec = co_await read_head(parser);
    idle_turn_ = kNotIdle;
    if (evicted_) co_return;
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
      co_await send(text_response(431, "the request's head is too large"), nullptr, false);
      co_return co_await linger();
    }
    if (ec && is_malformed(ec)) {
      co_await send(text_response(400, "this is no HTTP/1.1 request"), nullptr, false);
      co_return co_await linger();
    }
    if (ec) break;
    answering_ = true;
    Request request;
    Verdict verdict;
    if (auto refused = refusal(parser, request)) {
      verdict = std::move(*refused);
    } else {
      verdict.response = co_await handle(std::move(request));
    }
    if (verdict.response.stream) {
      co_await send_stream(std::move(verdict.response), parser);
      break;
    }
    const bool is_refused = !verdict.keep_alive;
    const bool keep_alive = verdict.keep_alive && parser.get().keep_alive() && !context_->stopping;
    const bool sent = verdict.response.pieces ? co_await send_pieces(std::move(verdict.response), parser, keep_alive)
                                              : co_await send(std::move(verdict.response), &parser, keep_alive);
    answering_ = false;
    if (sent && is_refused) co_return co_await linger();
    if (!sent || !keep_alive) break;
  }
  stream_.expires_after(kLingerTime);
  co_await stream_.end();
}

asio::awaitable<void> HttpSession::refuse() {
  Response response = text_response(503, "too many connections; try again in a moment");
  response.headers.emplace_back("Retry-After", "5");
  co_await send(std::move(response), nullptr, false);
  co_await linger();
  close();
}

/// Waits for the first byte of a further request; the first one has to come within the head's time.
asio::awaitable<bool> HttpSession::await_request(bool first) {
  if (first || buffer_.size() > 0) co_return true;
  stream_.expires_after(context_->options.idle_timeout);
  const auto [ec, size] = co_await stream_.read_some(buffer_.prepare(kReadAhead));
  buffer_.commit(size);
  co_return !ec;
}

asio::awaitable<error_code> HttpSession::read_head(Parser& parser) {
  stream_.expires_after(context_->options.head_timeout);
  for (;;) {
    if (buffer_.size() > 0) {
      error_code ec;
      buffer_.consume(parser.put(buffer_.data(), ec));
      if (ec && ec != http::error::need_more) co_return ec;
      if (parser.is_header_done()) co_return error_code();
    }
    const std::size_t room = std::min(buffer_.max_size() - buffer_.size(), kReadAhead);
    if (room == 0) co_return http::make_error_code(http::error::buffer_overflow);
    const auto [failed, size] = co_await stream_.read_some(buffer_.prepare(room));
    buffer_.commit(size);
    if (failed) co_return failed;
  }
}

/// Decides on a request whose head is complete. Where the connection can't be trusted to be at the start of the next
/// request afterwards, it ends.
std::optional<HttpSession::Verdict> HttpSession::refusal(const Parser& parser, Request& request) {
  const auto& head = parser.get();
  if (!is_read(head.method())) {
    Response response = text_response(405, "only GET and HEAD are answered");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return Verdict{std::move(response), false};
  }
  if (has_body(parser)) return Verdict{text_response(413, "a request must have no body"), false};
  if (head.version() >= 11 && head.count(http::field::host) != 1) {
    return Verdict{text_response(400, "a request must have one Host header"), false};
  }
  auto target = parse_target(std::string_view(head.target().data(), head.target().size()));
  if (!target) return Verdict{text_response(400, "the request's target is malformed"), true};
  const auto text_of = [&head](std::string_view name) {
    const auto value = head[name];
    return std::string(value.data(), value.size());
  };
  request = Request{std::move(*target), text_of("Accept"), text_of("If-None-Match"), text_of("Last-Event-ID"), {}};
  if (head.count(http::field::authorization) == 1) {
    const auto authorization = head[http::field::authorization];
    request.authorization.assign(authorization.data(), authorization.size());
  }
  return std::nullopt;
}

asio::awaitable<std::optional<Response>> HttpSession::judge(const Request& request) {
  const HttpOptions& options = context_->options;
  if (!options.guard || !context_->router.has(request.target.path)) co_return std::nullopt;
  const auto pending = std::make_shared<Pending<std::optional<Response>>>(stream_.executor(), options.answer_timeout);
  options.guard(request, [waiting = std::weak_ptr(pending)](std::optional<Response> refusal) {
    if (const auto open = waiting.lock()) open->settle(std::move(refusal));
  });
  if (!pending->value) co_await pending->settled.async_wait(kResult);
  if (pending->value) co_return std::move(*pending->value);
  co_return text_response(503, "who asks could not be found out in time; try again in a moment");
}

asio::awaitable<Response> HttpSession::handle(Request request) {
  if (auto refused = co_await judge(request)) co_return std::move(*refused);
  request.authorization.clear();
  const auto pending = std::make_shared<Pending<Response>>(stream_.executor(), context_->options.answer_timeout);
  std::string what = "unknown exception";
  bool failed = true;
  try {
    context_->router.route(request, [waiting = std::weak_ptr(pending)](Response response) {
      if (const auto open = waiting.lock()) open->settle(std::move(response));
    });
    failed = false;
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    // Said as an unknown exception: whatever a handler throws must not end the connection's coroutine.
  }
  if (failed) {
    ++context_->stats.handler_exceptions;
    if (context_->options.on_handler_error) context_->options.on_handler_error(request.target.path, what);
    co_return text_response(500, "this failed inside; the daemon's log says why");
  }
  if (!pending->value) co_await pending->settled.async_wait(kResult);
  if (pending->value) co_return std::move(*pending->value);
  co_return json_error(504, "the answer took too long; try again in a moment, or ask for less");
}

/// Writes the answer, only its head for HEAD. `parser` is null where no request could be read. False where it failed.
asio::awaitable<bool> HttpSession::send(Response response, const Parser* parser, bool keep_alive) {
  ++context_->stats.answers[response.status];
  http::response<http::string_body> message;
  message.version(parser != nullptr && parser->get().version() == 10 ? 10 : 11);
  message.result(response.status);
  message.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) message.set(name, value);
  add_standard_headers(message);
  const bool is_encoded = message.find(http::field::content_encoding) != message.end();
  if (!is_encoded && response.body.size() > context_->options.gzip_from_bytes) {
    message.set(http::field::vary, "Accept-Encoding");
    const auto accepted = parser != nullptr ? parser->get()[http::field::accept_encoding] : boost::beast::string_view{};
    if (names_acceptable(std::string_view(accepted.data(), accepted.size()), "gzip")) {
      response.body = response.packed.empty() ? gzip(response.body) : std::move(response.packed);
      message.set(http::field::content_encoding, "gzip");
    }
  }
  message.body() = std::move(response.body);
  message.prepare_payload();
  if (response.status == 304) message.content_length(boost::none);  // it would be the length of what has not changed
  message.keep_alive(keep_alive);

  std::ostringstream head;
  head << message.base();
  const std::string head_text = std::move(head).str();
  const bool head_only = parser != nullptr && parser->get().method() == http::verb::head;
  stream_.expires_after(context_->options.write_timeout);
  const error_code ec = co_await stream_.write(
      {asio::buffer(head_text), head_only ? asio::const_buffer() : asio::buffer(message.body())});
  co_return !ec;
}

asio::awaitable<void> HttpSession::linger() {
  stream_.expires_after(kLingerTime);
  co_await stream_.end();
  if (!context_->stopping) co_await stream_.drain(kLingerBytes);
}

}  // namespace snaptrail::serving
