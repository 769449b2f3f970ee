#include "kube/client.hpp"

#include "kube/call_state.hpp"
#include "kube/cancellation.hpp"
#include "kube/credentials.hpp"
#include "kube/dial.hpp"
#include "kube/local_error.hpp"
#include "kube/read_pace.hpp"
#include "kube/request_head.hpp"
#include "kube/response_reader.hpp"
#include "kube/server_url.hpp"
#include "kube/tls_context.hpp"
#include "kube/transport.hpp"

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>

namespace snaptrail::kube {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;

// Lists come to hundreds of megabytes: few, large reads. An answer's head must fit as well.
constexpr std::size_t kReadBuffer = 64 * 1024;
constexpr std::chrono::milliseconds kLongestLimit = std::chrono::hours(24);

Limits bounded(Limits limits) {
  for (auto* limit : {&limits.connect, &limits.head, &limits.idle, &limits.total}) {
    *limit = std::clamp(*limit, std::chrono::milliseconds(0), kLongestLimit);
  }
  return limits;
}

/// A blank or control character in it would end the request line early.
bool is_encoded_target(std::string_view target) {
  return target.starts_with('/') &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::chrono::sys_seconds wall_clock() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// One call under way.
struct Call : CallState {
  Write request;  ///< of a GET its target alone
  BodySink sink;
  Presented presented;
  bool answered = false;  ///< bytes of the answer have come in over this connection
};

}  // namespace

struct Connection::Impl {
  Impl(asio::any_io_executor on, std::shared_ptr<const ClusterConfig> with)
      : executor(std::move(on)),
        config(std::move(with)),
        credentials(executor, *config),
        tls(config),
        buffer(std::make_unique_for_overwrite<char[]>(kReadBuffer)) {}

  CallSite site_of(const Write& request) const;

  asio::awaitable<Result<int>> carry_out(Write request, Limits limits, BodySink sink);
  asio::awaitable<Result<std::string>> carry_out_text(Write request, Limits limits, std::size_t max_bytes);
  asio::awaitable<Result<int>> run(Write request, Limits limits, BodySink sink);
  asio::awaitable<Result<int>> attempt(Call& call);
  asio::awaitable<std::optional<Error>> identify(Call& call);
  asio::awaitable<Result<int>> exchange(Call& call);
  asio::awaitable<bool> pause(std::chrono::milliseconds length);
  asio::awaitable<std::optional<Error>> receive(Call& call, ResponseReader& reader);
  Result<int> finish(const Call& call, const ResponseReader& reader);

  asio::any_io_executor executor;
  std::shared_ptr<const ClusterConfig> config;
  Credentials credentials;
  TlsContext tls;
  std::unique_ptr<Transport> transport;  ///< engaged: connected, and no answer is outstanding unless in a call
  std::unique_ptr<char[]>
      buffer;              ///< of kReadBuffer bytes; of a quiet stream most are never touched, and take no memory
  std::size_t filled = 0;  ///< bytes of the buffer that are not consumed
};

CallSite Connection::Impl::site_of(const Write& request) const {
  const std::string_view target = request.target;
  return {fmt::format("{} {}", request.method, target.substr(0, target.find('?'))), server_of(*config),
          context_of(*config)};
}

/// Gets the credentials for what follows. A plugin has a deadline of its own; of ours only the whole call's counts.
asio::awaitable<std::optional<Error>> Connection::Impl::identify(Call& call) {
  call.phase = Phase::connect;
  call.watchdog.end_phase();
  auto presented = co_await credentials.current();
  const bool cancelled = co_await is_cancelled();
  if (auto own = own_end(call, cancelled)) co_return own;
  if (!presented) co_return presented.error();
  call.presented = std::move(*presented);
  const ExecCredentialPtr& plugin = call.presented.plugin;
  if (plugin && tls.present(plugin->cert_pem, plugin->key_pem)) transport.reset();
  co_return std::nullopt;
}

/// Whether the call goes on after it. (A deadline that passes meanwhile closes the transport: the next read tells.)
asio::awaitable<bool> Connection::Impl::pause(std::chrono::milliseconds length) {
  asio::steady_timer timer(executor, length);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return !co_await is_cancelled();
}

/// Reads until the reader has all it wants. The buffer's front is always the first byte not consumed.
asio::awaitable<std::optional<Error>> Connection::Impl::receive(Call& call, ResponseReader& reader) {
  ReadPace pace;
  while (!reader.done()) {
    if (reader.has_head()) {
      call.phase = Phase::body;
      call.watchdog.start_phase(call.limits.idle);
    }
    if (filled == kReadBuffer) co_return protocol_error("its head or a chunk's header exceeds 64 KiB", call.site);
    const auto [failed, bytes] = co_await transport->read_some(buffer.get() + filled, kReadBuffer - filled);
    const bool cancelled = co_await is_cancelled();
    if (cancelled || call.is_late()) co_return end_error(call, *transport, failed, cancelled);
    if (failed) {
      // Without TLS's goodbye an answer of no stated length may have been cut off by anyone.
      if (failed == asio::error::eof && reader.feed_end()) co_return std::nullopt;
      co_return end_error(call, *transport, failed, false);
    }
    call.answered = call.answered || bytes > 0;
    filled += bytes;
    const auto fed = reader.feed(std::string_view(buffer.get(), filled));
    if (fed.failed == Errc::protocol) co_return protocol_error(fed.why, call.site);
    if (fed.failed) co_return local_error(*fed.failed, fmt::format("{}: {}", call.site.request, fed.why));
    std::copy(buffer.get() + fed.consumed, buffer.get() + filled, buffer.get());
    filled -= fed.consumed;
    const auto wait = pace.pause_after(bytes, Watchdog::Clock::now());
    if (wait.count() > 0 && !reader.done() && !co_await pause(wait)) co_return cancelled_error(call.site);
  }
  co_return std::nullopt;
}

Result<int> Connection::Impl::finish(const Call& call, const ResponseReader& reader) {
  // Bytes beyond the answer belong to nothing that was asked for.
  if (!reader.done() || !reader.keep_alive() || filled > 0) transport.reset();
  if (reader.is_success()) return reader.status();
  // What comes through a tunnel is the server's; without one this is the proxy's own word.
  if (reader.status() == 407 && config->proxy && !needs_tunnel(*config)) {
    return proxy_error(*config->proxy, "HTTP 407; put the right user and password into its URL", call.site);
  }
  const FailedAnswer answer{reader.status(), reader.retry_after(), reader.location(), reader.error_body()};
  return status_error(answer, call.site, wall_clock());
}

asio::awaitable<Result<int>> Connection::Impl::exchange(Call& call) {
  call.phase = Phase::head;
  call.watchdog.start_phase(call.limits.head);
  filled = 0;
  const std::string request = request_head(*config, call.request, call.presented.authorization) + call.request.body;
  const Code unsent = co_await transport->write(request);
  const bool cancelled = co_await is_cancelled();
  if (unsent || cancelled) co_return end_error(call, *transport, unsent, cancelled);
  ResponseReader reader(call.sink);
  auto failed = co_await receive(call, reader);
  // The status of an error stands even where its explanation is cut off; only our own end comes first.
  const bool has_error_status = reader.has_head() && !reader.is_success() && reader.status() >= 300;
  if (failed && !(has_error_status && failed->code != Errc::cancelled)) co_return std::move(*failed);
  co_return finish(call, reader);
}

/// One request and its answer, over the connection that is there or a new one.
asio::awaitable<Result<int>> Connection::Impl::attempt(Call& call) {
  if (auto failed = co_await identify(call)) co_return std::move(*failed);
  for (bool reused = transport != nullptr;; reused = false) {
    call.answered = false;
    if (!transport) {
      transport = std::make_unique<Transport>(executor);
      if (auto failed = co_await dial(*transport, *config, tls, call)) {
        transport.reset();
        co_return std::move(*failed);
      }
    }
    auto result = co_await exchange(call);
    // A status error leaves the connection in a known state (finish() decided); any other failure does not.
    if (!result && result.error().http_status == 0) transport.reset();
    const bool was_dead = reused && !result && !call.answered &&
                          (result.error().code == Errc::disconnected || result.error().code == Errc::tls);
    if (!was_dead) co_return result;
  }
}

asio::awaitable<Result<int>> Connection::Impl::run(Write request, Limits limits, BodySink sink) {
  CallSite site = site_of(request);
  if (co_await is_cancelled()) co_return cancelled_error(site);
  if (!is_encoded_target(request.target)) {
    co_return local_error(Errc::bad_request, "a request's target must begin with / and be percent-encoded");
  }
  limits = bounded(limits);
  Watchdog watchdog(executor, [this] {
    if (transport) transport->close();
    credentials.give_up();
  });
  watchdog.limit_total(limits.total);
  Call call{{limits, std::move(site), watchdog}, std::move(request), std::move(sink), {}};
  auto result = co_await attempt(call);
  if (!result && result.error().code == Errc::unauthorized) {
    const bool renewed = credentials.refused(call.presented);
    const bool rotated = tls.reread_files();
    if (rotated) transport.reset();
    if (renewed || rotated) result = co_await attempt(call);
  }
  co_return result;
}

asio::awaitable<Result<int>> Connection::Impl::carry_out(Write request, Limits limits, BodySink sink) {
  // Cancellation is asked for after each wait; thrown, it would pass by the places that know what was going
  // on.
  const bool throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr thrown;  // by the sink
  Result<int> result = Error();
  try {
    result = co_await run(std::move(request), limits, std::move(sink));
  } catch (...) {
    thrown = std::current_exception();
    transport.reset();
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
  if (thrown) std::rethrow_exception(thrown);
  co_return result;
}

asio::awaitable<Result<std::string>> Connection::Impl::carry_out_text(Write request, Limits limits,
                                                                      std::size_t max_bytes) {
  std::string text;
  bool too_large = false;
  const CallSite site = site_of(request);
  const BodySink sink = [&text, &too_large, max_bytes](std::string_view piece) {
    too_large = piece.size() > max_bytes - text.size();
    if (!too_large) text.append(piece);
    return !too_large;
  };
  const Result<int> result = co_await carry_out(std::move(request), limits, sink);
  if (too_large) co_return protocol_error(fmt::format("it exceeds {} bytes", max_bytes), site);
  if (!result) co_return result.error();
  co_return std::move(text);
}

Connection::Connection(asio::any_io_executor executor, std::shared_ptr<const ClusterConfig> config)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(config))) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

asio::awaitable<Result<int>> Connection::get(std::string target, Limits limits, BodySink sink,
                                             std::string_view accept) {
  return impl_->carry_out({"GET", std::move(target), {}, {}, std::string(accept)}, limits, std::move(sink));
}

asio::awaitable<Result<std::string>> Connection::get_text(std::string target, Limits limits, std::size_t max_bytes) {
  return impl_->carry_out_text({"GET", std::move(target), {}, {}}, limits, max_bytes);
}

asio::awaitable<Result<std::string>> Connection::send(Write write, Limits limits, std::size_t max_bytes) {
  return impl_->carry_out_text(std::move(write), limits, max_bytes);
}

asio::awaitable<Result<std::string>> Connection::review(std::string target, std::string json, Limits limits,
                                                        std::size_t max_bytes) {
  return send(Write{"POST", std::move(target), std::move(json)}, limits, max_bytes);
}

}  // namespace snaptrail::kube
