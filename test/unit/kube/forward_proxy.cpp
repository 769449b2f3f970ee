#include "forward_proxy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>

namespace snaptrail::kube::test {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using Code = boost::system::error_code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

void rethrow(std::exception_ptr failed) {
  if (failed) std::rethrow_exception(failed);
}

}  // namespace

struct ForwardProxy::State {
  explicit State(asio::io_context& context) : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  ForwardProxy* owner = nullptr;  ///< null once it is gone
  tcp::acceptor acceptor;
  std::optional<ssl::context> tls;
};

namespace {

using StatePtr = std::shared_ptr<ForwardProxy::State>;

/// One client: its socket, TLS over it or not, and the server's socket.
template <class Stream>
struct Session {
  Session(tcp::socket socket, ssl::context* tls)
      : client(make(std::move(socket), tls)), server(client.get_executor()) {}

  static Stream make(tcp::socket socket, ssl::context* tls) {
    if constexpr (std::is_same_v<Stream, tcp::socket>) {
      (void)tls;
      return socket;
    } else {
      return Stream(std::move(socket), *tls);
    }
  }
  void close() {
    Code ignored;
    client.lowest_layer().close(ignored);
    server.close(ignored);
  }

  Stream client;
  tcp::socket server;
};

template <class From, class To, class Owner>
asio::awaitable<void> relay(Owner session, From& from, To& to) {
  std::array<char, 16384> bytes{};
  for (;;) {
    const auto [failed, size] = co_await from.async_read_some(asio::buffer(bytes), kAsTuple);
    if (failed) break;
    const auto [unsent, sent] = co_await asio::async_write(to, asio::buffer(bytes.data(), size), kAsTuple);
    if (unsent) break;
  }
  session->close();
}

template <class Stream>
asio::awaitable<void> serve(StatePtr state, std::shared_ptr<Session<Stream>> session) {
  std::string head;
  const auto [failed, size] =
      co_await asio::async_read_until(session->client, asio::dynamic_buffer(head), "\r\n\r\n", kAsTuple);
  if (failed || !state->owner) co_return;
  state->owner->requests.push_back(head);
  state->owner->on_request();
  if (state->owner->silent) {
    co_await session->client.async_read_some(asio::buffer(head), kAsTuple);
    co_return;
  }
  const std::string answer =
      state->owner->refusal.empty() ? "HTTP/1.1 200 Connection established\r\n\r\n" : state->owner->refusal;
  if (state->owner->refusal.empty()) {
    const std::string target = head.substr(0, head.find(" HTTP/"));
    const auto port = static_cast<std::uint16_t>(std::stoi(target.substr(target.rfind(':') + 1)));
    const auto [unreachable] =
        co_await session->server.async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), port), kAsTuple);
    if (unreachable) co_return;
  }
  const auto [unsent, sent] = co_await asio::async_write(session->client, asio::buffer(answer), kAsTuple);
  if (unsent || !session->server.is_open()) co_return;
  asio::co_spawn(session->server.get_executor(), relay(session, session->server, session->client), rethrow);
  co_await relay(session, session->client, session->server);
}

asio::awaitable<void> serve_tls(StatePtr state, tcp::socket socket) {
  auto session = std::make_shared<Session<ssl::stream<tcp::socket>>>(std::move(socket), &*state->tls);
  const auto [failed] = co_await session->client.async_handshake(ssl::stream_base::server, kAsTuple);
  if (!failed) co_await serve(state, session);
}

asio::awaitable<void> accept_all(StatePtr state) {
  for (;;) {
    auto [failed, socket] = co_await state->acceptor.async_accept(kAsTuple);
    if (failed || !state->owner) co_return;
    const auto executor = socket.get_executor();
    if (state->tls) {
      asio::co_spawn(executor, serve_tls(state, std::move(socket)), rethrow);
    } else {
      auto session = std::make_shared<Session<tcp::socket>>(std::move(socket), nullptr);
      asio::co_spawn(executor, serve(state, std::move(session)), rethrow);
    }
  }
}

}  // namespace

ForwardProxy::ForwardProxy(asio::io_context& context, std::optional<Identity> tls)
    : state_(std::make_shared<State>(context)) {
  state_->owner = this;
  if (tls) {
    state_->tls.emplace(ssl::context::tls_server);
    state_->tls->use_certificate_chain(asio::buffer(tls->cert_pem));
    state_->tls->use_private_key(asio::buffer(tls->key_pem), ssl::context::pem);
  }
  asio::co_spawn(context, accept_all(state_), rethrow);
}

ForwardProxy::~ForwardProxy() {
  state_->owner = nullptr;
  Code ignored;
  state_->acceptor.close(ignored);
}

std::uint16_t ForwardProxy::port() const { return state_->acceptor.local_endpoint().port(); }

}  // namespace snaptrail::kube::test
