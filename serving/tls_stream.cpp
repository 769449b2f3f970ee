#include "serving/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace snaptrail::serving {
namespace {

namespace asio = boost::asio;
using Code = TlsStream::Code;

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);

constexpr std::string_view kSpeakTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    "this is plain HTTP to a port that speaks TLS: ask with https://\n";

bool is_plain_http(const Code& ec) {
  return ec.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace

struct TlsStream::Impl {
  Impl(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> with)
      : tcp(std::move(socket)), context(std::move(with)) {
    if (context) tls.emplace(tcp, *context);
  }

  boost::beast::tcp_stream tcp;
  std::shared_ptr<asio::ssl::context> context;
  std::optional<asio::ssl::stream<boost::beast::tcp_stream&>> tls;
};

TlsStream::TlsStream(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
    : impl_(std::make_unique<Impl>(std::move(socket), std::move(context))) {
  Code ignored;
  impl_->tcp.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}
TlsStream::~TlsStream() = default;
TlsStream::TlsStream(TlsStream&&) noexcept = default;

asio::any_io_executor TlsStream::executor() const { return impl_->tcp.get_executor(); }
bool TlsStream::is_tls() const { return impl_->tls.has_value(); }
asio::ip::tcp::socket& TlsStream::socket() { return impl_->tcp.socket(); }
void TlsStream::expires_after(std::chrono::milliseconds limit) { impl_->tcp.expires_after(limit); }

asio::awaitable<Code> TlsStream::handshake() {
  if (!impl_->tls) co_return Code();
  const auto [ec] = co_await impl_->tls->async_handshake(asio::ssl::stream_base::server, kResult);
  if (is_plain_http(ec)) {
    co_await asio::async_write(impl_->tcp, asio::buffer(kSpeakTls), kResult);
    Code ignored;
    impl_->tcp.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_await drain(kSpeakTls.size());
  }
  co_return ec;
}

asio::awaitable<TlsStream::Read> TlsStream::read_some(asio::mutable_buffer buffer) {
  if (impl_->tls) {
    const auto [ec, bytes] = co_await impl_->tls->async_read_some(buffer, kResult);
    co_return Read{ec, bytes};
  }
  const auto [ec, bytes] = co_await impl_->tcp.async_read_some(buffer, kResult);
  co_return Read{ec, bytes};
}

asio::awaitable<Code> TlsStream::write(std::array<asio::const_buffer, 2> buffers) {
  if (impl_->tls) {
    const auto [ec, bytes] = co_await asio::async_write(*impl_->tls, buffers, kResult);
    co_return ec;
  }
  const auto [ec, bytes] = co_await asio::async_write(impl_->tcp, buffers, kResult);
  co_return ec;
}

asio::awaitable<void> TlsStream::end() {
  // TLS's goodbye is waited for in vain where the client still sends: the deadline ends that.
  if (impl_->tls) co_await impl_->tls->async_shutdown(kResult);
  Code ignored;
  impl_->tcp.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> TlsStream::drain(std::size_t most) {
  std::array<char, 4096> waste;
  for (std::size_t total = 0; total < most;) {
    const auto [ec, size] = co_await impl_->tcp.async_read_some(asio::buffer(waste), kResult);
    if (ec) break;
    total += size;
  }
}

void TlsStream::close() {
  Code ignored;
  impl_->tcp.socket().close(ignored);
}

}  // namespace snaptrail::serving
