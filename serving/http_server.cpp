#include "serving/http_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <utility>

#include "serving/http_session.hpp"

namespace snaptrail::serving {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);

/// Connections that are being told 503; beyond these a connection is closed without a word.
constexpr std::size_t kMaxRefusals = 64;

/// Accepting fails for want of file descriptors or memory: others must free some first.
constexpr std::chrono::milliseconds kAcceptPause{100};

ServeErrc classify(const error_code& ec) {
  if (ec == asio::error::address_in_use) return ServeErrc::address_in_use;
  if (ec == asio::error::access_denied) return ServeErrc::not_allowed;
  if (ec == boost::system::errc::address_not_available || ec == asio::error::address_family_not_supported) {
    return ServeErrc::not_available;
  }
  return ServeErrc::failed;
}

std::string_view advice(ServeErrc code) {
  switch (code) {
    case ServeErrc::address_in_use: return "stop the program that listens there or choose another port";
    case ServeErrc::not_allowed: return "choose a port from 1024 on, or grant CAP_NET_BIND_SERVICE";
    case ServeErrc::not_available: return "choose an address of this machine (0.0.0.0 where there is no IPv6)";
    case ServeErrc::bad_address:
    case ServeErrc::bad_certificate:
    case ServeErrc::failed: break;
  }
  return "choose another address";
}

[[noreturn]] void fail(const ListenAddress& address, const error_code& ec) {
  const ServeErrc code = classify(ec);
  throw ServeError(code, fmt::format("can't listen on {}: {}; {}", address.str(), ec.message(), advice(code)));
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::any_io_executor executor_, std::shared_ptr<SessionContext> context_)
      : executor(executor_), context(std::move(context_)), acceptor(executor), joined(executor), pause(executor) {}

  using Sessions = std::list<HttpSession>;

  /// Called when a session's coroutine has ended; owns the server's state until then.
  struct SessionEnded {
    std::shared_ptr<Impl> impl;
    Sessions::iterator session;
    bool refused;
    void operator()(std::exception_ptr error) const { impl->session_ended(session, refused, error); }
  };
  struct AcceptEnded {
    std::shared_ptr<Impl> impl;
    void operator()(std::exception_ptr) const {
      impl->accepting = false;
      impl->joined.cancel();
    }
  };

  void open(const tcp::endpoint& endpoint, const ListenAddress& address);
  asio::awaitable<void> accept();
  void admit(tcp::socket socket);
  /// Whether there is room for one more connection: one that is idle is closed for it where need be.
  bool make_room();
  void session_ended(Sessions::iterator session, bool refused, const std::exception_ptr& error);
  asio::awaitable<void> join(std::chrono::milliseconds limit);
  void close_all();

  asio::any_io_executor executor;
  std::shared_ptr<SessionContext> context;
  tcp::acceptor acceptor;
  asio::steady_timer joined;  ///< cancelled whenever something ends
  asio::steady_timer pause;
  Sessions sessions;
  std::size_t refusals = 0;
  std::size_t evicted = 0;  ///< of the sessions: closed, but not yet ended
  bool accepting = false;
};

void HttpServer::Impl::open(const tcp::endpoint& endpoint, const ListenAddress& address) {
  error_code ec;
  const auto check = [&] {
    if (ec) fail(address, ec);
  };
  acceptor.open(endpoint.protocol(), ec), check();
  acceptor.set_option(tcp::acceptor::reuse_address(true), ec), check();
  // `[::]` serves IPv4 as well, whatever the system's default.
  if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false), ec), check();
  acceptor.bind(endpoint, ec), check();
  acceptor.listen(asio::socket_base::max_listen_connections, ec), check();
}

asio::awaitable<void> HttpServer::Impl::accept() {
  while (!context->stopping) {
    auto [ec, socket] = co_await acceptor.async_accept(kResult);
    if (context->stopping || ec == asio::error::operation_aborted) co_return;
    if (!ec) {
      admit(std::move(socket));
      continue;
    }
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(kResult);
  }
}

bool HttpServer::Impl::make_room() {
  if (sessions.size() - refusals - evicted < context->options.max_connections) return true;
  const auto longest = std::ranges::min_element(sessions, {}, &HttpSession::idle_turn);
  if (longest == sessions.end() || longest->idle_turn() == HttpSession::kNotIdle) return false;
  // Or else whoever asks once a minute on each connection would keep out everybody else for good.
  longest->evict();
  ++evicted;
  ++context->stats.evicted_connections;
  return true;
}

void HttpServer::Impl::admit(tcp::socket socket) {
  const bool refused = !make_room();
  if (refused) {
    ++context->stats.refused_connections;
    // By TLS a word of refusal would cost a handshake, which is what a flood wants.
    if (refusals >= kMaxRefusals || context->options.tls) return;
    ++refusals;
  }
  sessions.emplace_back(std::move(socket), context);
  const auto session = std::prev(sessions.end());
  asio::co_spawn(executor, refused ? session->refuse() : session->run(),
                 SessionEnded{shared_from_this(), session, refused});
}

void HttpServer::Impl::session_ended(Sessions::iterator session, bool refused, const std::exception_ptr& error) {
  // Only want of memory gets here; the connection is lost, the server goes on.
  if (error) ++context->stats.handler_exceptions;
  if (refused) --refusals;
  if (session->is_evicted()) --evicted;
  sessions.erase(session);
  joined.cancel();
}

void HttpServer::Impl::close_all() {
  for (HttpSession& session : sessions) session.close();
}

asio::awaitable<void> HttpServer::Impl::join(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while ((!sessions.empty() || accepting) && std::chrono::steady_clock::now() < deadline) {
    joined.expires_at(deadline);
    co_await joined.async_wait(kResult);
  }
}

HttpServer::HttpServer(asio::any_io_executor executor, Router router, HttpOptions options) {
  auto context = std::make_shared<SessionContext>();
  context->router = std::move(router);
  context->options = std::move(options);
  impl_ = std::make_shared<Impl>(std::move(executor), std::move(context));
}

HttpServer::~HttpServer() {
  impl_->context->stopping = true;
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  impl_->close_all();
}

void HttpServer::listen(const ListenAddress& address) {
  error_code ec;
  const auto ip = asio::ip::make_address(address.host, ec);
  if (ec) throw ServeError(ServeErrc::bad_address, fmt::format("can't listen on {}: no IP address", address.str()));
  impl_->open(tcp::endpoint(ip, address.port), address);
  impl_->accepting = true;
  asio::co_spawn(impl_->executor, impl_->accept(), Impl::AcceptEnded{impl_});
}

ListenAddress HttpServer::local_endpoint() const {
  const auto endpoint = impl_->acceptor.local_endpoint();
  return {endpoint.address().to_string(), endpoint.port()};
}

asio::awaitable<void> HttpServer::stop(std::chrono::milliseconds limit) {
  const auto impl = impl_;  // the server may be destroyed while this waits
  impl->context->stopping = true;
  error_code ignored;
  impl->acceptor.close(ignored);
  impl->pause.cancel();
  for (HttpSession& session : impl->sessions) session.stop();
  co_await impl->join(limit);
  impl->close_all();
  // Closed sockets end their sessions at once; the limit is for a strand that is busy with something else.
  co_await impl->join(std::chrono::seconds(5));
}

HttpStats HttpServer::stats() const {
  HttpStats stats = impl_->context->stats;
  stats.connections = impl_->sessions.size();
  return stats;
}

}  // namespace snaptrail::serving
