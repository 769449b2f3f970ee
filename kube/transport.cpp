#include "kube/transport.hpp"

#include "kube/cancellation.hpp"
#include "kube/watchdog.hpp"

#include <netinet/tcp.h>
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cctype>

#include <optional>
#include <utility>
#include <vector>

namespace snaptrail::kube {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using Code = Transport::Code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

/// A peer that vanished without a word is noticed within about a minute (client-go pings every 30 s over
/// HTTP/2).
void set_options(tcp::socket& socket) {
  Code ignored;  // each of them only makes things better
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto set = [&](int option, int value) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  set(TCP_KEEPIDLE, 30);
  set(TCP_KEEPINTVL, 10);
  set(TCP_KEEPCNT, 3);
#ifdef TCP_USER_TIMEOUT
  set(TCP_USER_TIMEOUT, 60'000);
#endif
}

/// Shared with the resolver's handler: getaddrinfo can't be interrupted, so a wait that is given up leaves it
/// behind.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}

  tcp::resolver resolver;
  asio::steady_timer done;  ///< cancelled when the answer is there
  Code error = asio::error::operation_aborted;
  std::vector<tcp::endpoint> endpoints;
};

void start_lookup(const std::shared_ptr<Lookup>& lookup, const std::string& host, std::uint16_t port) {
  lookup->done.expires_at(asio::steady_timer::time_point::max());
  lookup->resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                 [lookup](const Code& error, const tcp::resolver::results_type& results) {
                                   lookup->error = error;
                                   for (const auto& result : results) lookup->endpoints.push_back(result.endpoint());
                                   lookup->done.cancel();
                                 });
}

/// Names that are always this machine, whatever /etc/hosts (which a bare container lacks) or DNS says: RFC 6761, section 6.3.
bool is_localhost(std::string host) {
  if (host.ends_with('.')) host.pop_back();
  std::ranges::transform(host, host.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

struct Transport::Impl {
  explicit Impl(const asio::any_io_executor& executor) : socket(executor) {}

  asio::awaitable<Code> resolve(const std::string& host, std::uint16_t port);
  asio::awaitable<Code> connect_to(tcp::endpoint endpoint, std::chrono::milliseconds limit);
  template <class Stream>
  asio::awaitable<Code> shake_hands(Stream& stream);

  tcp::socket socket;
  // The streams are engaged once their handshakes have begun, the inner one only over an outer one.
  std::vector<std::shared_ptr<ssl::context>> contexts;
  std::optional<ssl::stream<tcp::socket&>> tls;
  std::optional<ssl::stream<ssl::stream<tcp::socket&>&>> inner_tls;
  std::shared_ptr<Lookup> lookup;  ///< while names are looked up
  std::vector<tcp::endpoint> endpoints;
  TlsPeer peer;
  PeerCheck check;
  Code failed_later;  ///< what ended a read that had brought bytes: the next one's failure
  bool unresolved = false;
  bool closed = false;
};

Transport::Transport(const asio::any_io_executor& executor) : impl_(std::make_unique<Impl>(executor)) {}
Transport::~Transport() = default;

bool Transport::unresolved() const { return impl_->unresolved; }
const TlsPeer& Transport::peer() const { return impl_->peer; }
const PeerCheck& Transport::peer_check() const { return impl_->check; }

asio::awaitable<Code> Transport::Impl::resolve(const std::string& host, std::uint16_t port) {
  Code no_literal;
  const auto address = asio::ip::make_address(host, no_literal);
  if (!no_literal) {
    endpoints.emplace_back(address, port);
    co_return Code();
  }
  if (is_localhost(host)) {
    endpoints.emplace_back(asio::ip::address_v6::loopback(), port);
    endpoints.emplace_back(asio::ip::address_v4::loopback(), port);
    co_return Code();
  }
  lookup = std::make_shared<Lookup>(socket.get_executor());
  start_lookup(lookup, host, port);
  co_await lookup->done.async_wait(kAsTuple);
  const Code error = lookup->error;
  endpoints = std::move(lookup->endpoints);
  lookup->resolver.cancel();
  lookup.reset();
  co_return error;
}

asio::awaitable<Code> Transport::Impl::connect_to(tcp::endpoint endpoint, std::chrono::milliseconds limit) {
  Code error;
  socket.close(error);
  socket.open(endpoint.protocol(), error);
  if (error) co_return error;
  set_options(socket);
  socket.non_blocking(true, error);  // read_from() takes what is there and does not wait for more
  if (error) co_return error;
  Watchdog slice(socket.get_executor(), [this] {
    Code ignored;
    socket.close(ignored);
  });
  slice.start_phase(limit);
  const auto [failed] = co_await socket.async_connect(endpoint, kAsTuple);
  if (slice.expired() != Watchdog::Expired::no) co_return Code(asio::error::timed_out);
  co_return failed;
}

asio::awaitable<Code> Transport::connect(std::string host, std::uint16_t port, std::chrono::milliseconds limit) {
  const auto deadline = Watchdog::Clock::now() + limit;
  Code error = co_await impl_->resolve(host, port);
  impl_->unresolved = error || impl_->endpoints.empty();
  if (impl_->unresolved) co_return error ? error : Code(asio::error::host_not_found);
  for (std::size_t i = 0; i < impl_->endpoints.size(); ++i) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Watchdog::Clock::now());
    const auto share = left / static_cast<long>(impl_->endpoints.size() - i);
    error = co_await impl_->connect_to(impl_->endpoints[i], share);
    if (impl_->closed || co_await is_cancelled()) co_return Code(asio::error::operation_aborted);
    if (!error) break;
  }
  co_return error;
}

template <class Stream>
asio::awaitable<Code> Transport::Impl::shake_hands(Stream& stream) {
  if (!expect_peer(stream.native_handle(), peer.name)) co_return Code(asio::error::invalid_argument);
  if (peer.verify) {
    stream.set_verify_callback([this](bool good, ssl::verify_context& verify) {
      note_peer_check(good, verify.native_handle(), check);
      return good;
    });
  }
  const auto [failed] = co_await stream.async_handshake(ssl::stream_base::client, kAsTuple);
  co_return failed;
}

asio::awaitable<Code> Transport::handshake(std::shared_ptr<ssl::context> context, TlsPeer peer) {
  impl_->peer = std::move(peer);
  impl_->check = PeerCheck();
  impl_->contexts.push_back(std::move(context));
  ssl::context& used = *impl_->contexts.back();
  if (impl_->tls) {
    impl_->inner_tls.emplace(*impl_->tls, used);
    co_return co_await impl_->shake_hands(*impl_->inner_tls);
  }
  impl_->tls.emplace(impl_->socket, used);
  co_return co_await impl_->shake_hands(*impl_->tls);
}

namespace {

/// Waits for bytes, and takes along what else has come in by then: an API server makes a TLS record of each event, and the
/// wait for one costs more than its contents.
template <class Stream>
asio::awaitable<Transport::Transferred> read_from(Stream& stream, asio::mutable_buffer buffer, Code& failed_later) {
  if (failed_later) co_return Transport::Transferred{std::exchange(failed_later, Code()), 0};
  auto [failed, bytes] = co_await stream.async_read_some(buffer, kAsTuple);
  Code ended = failed;
  while (!ended && bytes < buffer.size()) bytes += stream.read_some(buffer + bytes, ended);
  if (!failed && ended != asio::error::would_block) failed_later = ended;
  co_return Transport::Transferred{failed, bytes};
}

template <class Stream>
asio::awaitable<Code> write_to(Stream& stream, asio::const_buffer buffer) {
  const auto [failed, written] = co_await asio::async_write(stream, buffer, kAsTuple);
  co_return failed;
}

}  // namespace

asio::awaitable<Transport::Transferred> Transport::read_some(char* data, std::size_t size) {
  const asio::mutable_buffer buffer(data, size);
  if (impl_->inner_tls) return read_from(*impl_->inner_tls, buffer, impl_->failed_later);
  if (impl_->tls) return read_from(*impl_->tls, buffer, impl_->failed_later);
  return read_from(impl_->socket, buffer, impl_->failed_later);
}

asio::awaitable<Code> Transport::write(std::string_view bytes) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  if (impl_->inner_tls) return write_to(*impl_->inner_tls, buffer);
  if (impl_->tls) return write_to(*impl_->tls, buffer);
  return write_to(impl_->socket, buffer);
}

void Transport::close() noexcept {
  impl_->closed = true;
  if (impl_->lookup) impl_->lookup->done.cancel();
  Code ignored;
  impl_->socket.close(ignored);
}

bool is_end_of_stream(const Code& error) { return error == asio::error::eof || error == ssl::error::stream_truncated; }

bool is_tls_failure(const Code& error) { return error.category() == asio::error::get_ssl_category(); }

}  // namespace snaptrail::kube
