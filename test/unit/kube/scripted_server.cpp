#include "scripted_server.hpp"

#include "kube/pem.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <exception>

namespace snaptrail::kube::test {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using Code = boost::system::error_code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

ssl::context server_context(const Identity& identity) {
  ssl::context context(ssl::context::tls_server);
  context.use_certificate_chain(asio::buffer(identity.cert_pem));
  context.use_private_key(asio::buffer(identity.key_pem), ssl::context::pem);
  return context;
}

}  // namespace

struct ScriptedServer::State {
  State(asio::io_context& context, std::vector<Script> with)
      : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), scripts(std::move(with)) {}

  ScriptedServer* owner = nullptr;  ///< null once it is gone
  tcp::acceptor acceptor;
  std::vector<Script> scripts;
  std::optional<ssl::context> tls;
  std::optional<tcp::socket> socket;  ///< of the connection being served
};

namespace {

using StatePtr = std::shared_ptr<ScriptedServer::State>;

template <class Stream>
asio::awaitable<bool> read_request(StatePtr state, Stream& stream, std::string& buffer) {
  const auto [failed, size] =
      co_await asio::async_read_until(stream, asio::dynamic_buffer(buffer), "\r\n\r\n", kAsTuple);
  if (failed || !state->owner) co_return false;
  state->owner->requests.push_back(buffer.substr(0, size));
  buffer.erase(0, size);
  state->owner->on_request();
  co_return true;
}

template <class Stream>
asio::awaitable<bool> write_all(Stream& stream, std::string bytes) {
  const auto [failed, size] = co_await asio::async_write(stream, asio::buffer(bytes), kAsTuple);
  co_return !failed;
}

template <class Stream>
asio::awaitable<void> hold_open(Stream& stream) {
  char ignored[256];
  for (;;) {
    const auto [failed, size] = co_await stream.async_read_some(asio::buffer(ignored), kAsTuple);
    if (failed) co_return;
  }
}

template <class Stream>
asio::awaitable<void> play(StatePtr state, Stream& stream, Script script) {
  std::string buffer;
  for (const Step& step : script) {
    bool good = true;
    switch (step.what) {
      case Step::Do::expect: good = co_await read_request(state, stream, buffer); break;
      case Step::Do::send: good = co_await write_all(stream, step.bytes); break;
      case Step::Do::send_each_byte:
        for (std::size_t i = 0; good && i < step.bytes.size(); ++i) {
          good = co_await write_all(stream, step.bytes.substr(i, 1));
        }
        break;
      case Step::Do::trickle:
        for (int i = 0; good && i < kTrickled; ++i) {
          co_await asio::steady_timer(stream.get_executor(), std::chrono::microseconds(100)).async_wait(kAsTuple);
          good = co_await write_all(stream, step.bytes);
        }
        break;
      case Step::Do::flood:
        while (good) good = co_await write_all(stream, step.bytes);
        break;
      case Step::Do::close: co_return;
      case Step::Do::reset:
        if (state->socket) state->socket->set_option(asio::socket_base::linger(true, 0));
        co_return;
      case Step::Do::hold: co_await hold_open(stream); break;
    }
    if (!good) co_return;
  }
}

std::string client_name(SSL* session) {
  const X509Ptr certificate(SSL_get1_peer_certificate(session));
  char name[64] = {};
  if (certificate)
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
  return name;
}

asio::awaitable<void> serve_tls(StatePtr state, Script script) {
  if (state->owner->client_ca) {
    Code known_already;
    state->tls->add_certificate_authority(asio::buffer(state->owner->client_ca->cert_pem), known_already);
    state->tls->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    const unsigned char id[] = "test";  // sessions of verified clients need one to be resumable
    SSL_CTX_set_session_id_context(state->tls->native_handle(), id, sizeof id);
  }
  ssl::stream<tcp::socket&> stream(*state->socket, *state->tls);
  const auto [failed] = co_await stream.async_handshake(ssl::stream_base::server, kAsTuple);
  const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
  if (state->owner) state->owner->server_names.emplace_back(name ? name : "");
  if (state->owner && state->owner->client_ca && !failed) {
    state->owner->client_names.push_back(client_name(stream.native_handle()));
  }
  if (!failed) co_await play(state, stream, std::move(script));
}

asio::awaitable<void> serve(StatePtr state) {
  for (const Script& script : state->scripts) {
    auto [failed, socket] = co_await state->acceptor.async_accept(kAsTuple);
    if (failed || !state->owner) co_return;
    socket.set_option(tcp::no_delay(true));
    state->socket.emplace(std::move(socket));
    ++state->owner->accepted;
    state->owner->on_accept();
    if (state->tls) {
      co_await serve_tls(state, script);
    } else {
      co_await play(state, *state->socket, script);
    }
    state->socket.reset();
  }
  Code ignored;
  state->acceptor.close(ignored);
}

}  // namespace

ScriptedServer::ScriptedServer(asio::io_context& context, std::vector<Script> scripts, std::optional<Identity> tls)
    : state_(std::make_shared<State>(context, std::move(scripts))) {
  state_->owner = this;
  if (tls) state_->tls.emplace(server_context(*tls));
  asio::co_spawn(context, serve(state_), [](std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);
  });
}

ScriptedServer::~ScriptedServer() {
  state_->owner = nullptr;
  stop();
}

std::uint16_t ScriptedServer::port() const { return state_->acceptor.local_endpoint().port(); }

void ScriptedServer::stop() {
  Code ignored;
  state_->acceptor.close(ignored);
  if (state_->socket) state_->socket->close(ignored);
}

std::string answer(const std::string& status_line, const std::string& body, const std::string& fields) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status_line, body.size(), fields, body);
}

std::string chunked_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(const std::string& bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

}  // namespace snaptrail::kube::test
