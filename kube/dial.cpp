#include "kube/dial.hpp"

#include "kube/cancellation.hpp"
#include "kube/request_head.hpp"
#include "kube/tunnel.hpp"

#include <boost/asio/error.hpp>

#include <memory>
#include <string>
#include <utility>

namespace snaptrail::kube {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;
using ContextPtr = std::shared_ptr<asio::ssl::context>;

/// A TCP connection to the server, or to the proxy before it.
asio::awaitable<std::optional<Error>> reach(Transport& transport, const ClusterConfig& config, const CallState& call) {
  const std::string& host = config.proxy ? config.proxy->host : config.host;
  const std::uint16_t port = config.proxy ? config.proxy->port : config.port;
  const Code failed = co_await transport.connect(host, port, call.limits.connect);
  const bool cancelled = co_await is_cancelled();
  if (cancelled || call.is_late()) co_return end_error(call, transport, failed, cancelled);
  if (!failed) co_return std::nullopt;
  if (config.proxy) co_return proxy_error(*config.proxy, "can't connect to it: " + failed.message(), call.site);
  if (failed == asio::error::timed_out) co_return timeout_error(call.phase, false, call.limits, call.site);
  co_return unreachable_error(failed, transport.unresolved(), config.host, call.site);
}

asio::awaitable<std::optional<Error>> secure(Transport& transport, ContextPtr context, TlsPeer peer,
                                             const CallState& call) {
  const Code refused = co_await transport.handshake(std::move(context), std::move(peer));
  const bool cancelled = co_await is_cancelled();
  if (refused || cancelled) co_return end_error(call, transport, refused, cancelled);
  co_return std::nullopt;
}

/// From the proxy on to the server.
asio::awaitable<std::optional<Error>> pass_proxy(Transport& transport, const ClusterConfig& config, TlsContext& tls,
                                                 const CallState& call) {
  if (config.proxy->kind == Proxy::Kind::https) {
    auto context = tls.for_proxy();
    if (!context) co_return context.error();
    if (auto failed = co_await secure(transport, std::move(*context), proxy_peer_of(config), call)) co_return failed;
  }
  if (!needs_tunnel(config)) co_return std::nullopt;
  const Tunnelled tunnelled = co_await open_tunnel(transport, config);
  const bool cancelled = co_await is_cancelled();
  // The connect phase's end is the proxy's fault here, not the server's.
  if (!cancelled && call.watchdog.expired() == Watchdog::Expired::phase) {
    co_return proxy_error(*config.proxy, "it does not answer in time", call.site);
  }
  if (auto own = own_end(call, cancelled)) co_return own;
  if (tunnelled.error) {
    co_return proxy_error(*config.proxy, "it closed the connection: " + tunnelled.error.message(), call.site);
  }
  if (!tunnelled.refusal.empty()) co_return proxy_error(*config.proxy, tunnelled.refusal, call.site);
  co_return std::nullopt;
}

}  // namespace

asio::awaitable<std::optional<Error>> dial(Transport& transport, const ClusterConfig& config, TlsContext& tls,
                                           CallState& call) {
  call.phase = Phase::connect;
  call.watchdog.start_phase(call.limits.connect);
  ContextPtr context;
  if (config.scheme == "https") {
    auto current = tls.current();
    if (!current) co_return current.error();
    context = std::move(*current);
  }
  if (auto failed = co_await reach(transport, config, call)) co_return failed;
  if (config.proxy) {
    if (auto failed = co_await pass_proxy(transport, config, tls, call)) co_return failed;
  }
  if (context) co_return co_await secure(transport, std::move(context), peer_of(config), call);
  co_return std::nullopt;
}

}  // namespace snaptrail::kube
