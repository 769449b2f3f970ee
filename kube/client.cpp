#include "kube/client.hpp"

#include "kube/call_error.hpp"
#include "kube/local_error.hpp"
#include "kube/response_reader.hpp"
#include "kube/server_url.hpp"
#include "kube/tls_context.hpp"
#include "kube/token_source.hpp"
#include "kube/transport.hpp"
#include "kube/watchdog.hpp"

#include <fmt/format.h>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

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

asio::awaitable<bool> is_cancelled() {
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

/// One get() under way.
struct Call {
  std::string target;
  Limits limits;
  BodySink sink;
  CallSite site;
  Watchdog& watchdog;
  Phase phase = Phase::connect;
  bool answered = false;  ///< bytes of the answer have come in over this connection
};

}  // namespace

struct Connection::Impl {
  Impl(asio::any_io_executor on, std::shared_ptr<const ClusterConfig> with)
      : executor(std::move(on)), config(std::move(with)), tokens(*config), tls(config), buffer(kReadBuffer) {}

  CallSite site_of(std::string_view target) const;
  std::string request_of(const Call& call, const std::string& token) const;
  Error explain(const Call& call, const Code& failed, bool cancelled) const;

  asio::awaitable<Result<int>> run(std::string target, Limits limits, BodySink sink);
  asio::awaitable<Result<int>> attempt(Call& call);
  asio::awaitable<std::optional<Error>> connect(Call& call);
  asio::awaitable<Result<int>> exchange(Call& call);
  asio::awaitable<std::optional<Error>> receive(Call& call, ResponseReader& reader);
  Result<int> finish(const Call& call, const ResponseReader& reader);

  asio::any_io_executor executor;
  std::shared_ptr<const ClusterConfig> config;
  TokenSource tokens;
  TlsContext tls;
  std::unique_ptr<Transport> transport;  ///< engaged: connected, and no answer is outstanding unless in a call
  std::vector<char> buffer;
  std::size_t filled = 0;  ///< bytes of the buffer that are not consumed
};

CallSite Connection::Impl::site_of(std::string_view target) const {
  return {fmt::format("GET {}", target.substr(0, target.find('?'))), server_of(*config), config->context};
}

std::string Connection::Impl::request_of(const Call& call, const std::string& token) const {
  std::string request =
      fmt::format("GET {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: snaptrail/{}\r\nAccept: application/json\r\n",
                  config->base_path, call.target, authority_of(*config), SNAPTRAIL_VERSION);
  if (!token.empty()) request += fmt::format("Authorization: Bearer {}\r\n", token);
  return request + "\r\n";
}

/// Whose end was it? Ours first: a closed socket is only how a cancellation or a deadline shows.
Error Connection::Impl::explain(const Call& call, const Code& failed, bool cancelled) const {
  if (cancelled) return cancelled_error(call.site);
  if (const auto expired = call.watchdog.expired(); expired != Watchdog::Expired::no) {
    return timeout_error(call.phase, expired == Watchdog::Expired::total, call.limits, call.site);
  }
  if (is_tls_failure(failed) && !is_end_of_stream(failed)) return tls_error(failed, transport->peer_check(), *config);
  return disconnected_error(failed, call.phase, call.site);
}

asio::awaitable<std::optional<Error>> Connection::Impl::connect(Call& call) {
  call.phase = Phase::connect;
  call.watchdog.start_phase(call.limits.connect);
  std::shared_ptr<asio::ssl::context> context;
  if (config->scheme == "https") {
    auto current = tls.current();
    if (!current) co_return current.error();
    context = std::move(*current);
  }
  transport = std::make_unique<Transport>(executor);
  const Code failed = co_await transport->connect(*config, call.limits.connect);
  bool cancelled = co_await is_cancelled();
  const bool ours = cancelled || call.watchdog.expired() != Watchdog::Expired::no;
  if (failed == asio::error::timed_out && !ours) {
    co_return timeout_error(call.phase, false, call.limits, call.site);
  }
  if (failed && !ours) co_return unreachable_error(failed, transport->unresolved(), config->host, call.site);
  if (failed || ours) co_return explain(call, failed, cancelled);
  if (!context) co_return std::nullopt;
  const Code refused = co_await transport->handshake(std::move(context), *config);
  cancelled = co_await is_cancelled();
  if (refused || cancelled) co_return explain(call, refused, cancelled);
  co_return std::nullopt;
}

/// Reads until the reader has all it wants. The buffer's front is always the first byte not consumed.
asio::awaitable<std::optional<Error>> Connection::Impl::receive(Call& call, ResponseReader& reader) {
  while (!reader.done()) {
    if (reader.has_head()) {
      call.phase = Phase::body;
      call.watchdog.start_phase(call.limits.idle);
    }
    if (filled == buffer.size()) co_return protocol_error("its head or a chunk's header exceeds 64 KiB", call.site);
    const auto [failed, bytes] = co_await transport->read_some(buffer.data() + filled, buffer.size() - filled);
    const bool cancelled = co_await is_cancelled();
    if (cancelled || call.watchdog.expired() != Watchdog::Expired::no) co_return explain(call, failed, cancelled);
    if (failed) {
      // Without TLS's goodbye an answer of no stated length may have been cut off by anyone.
      if (failed == asio::error::eof && reader.feed_end()) co_return std::nullopt;
      co_return explain(call, failed, false);
    }
    call.answered = call.answered || bytes > 0;
    filled += bytes;
    const auto fed = reader.feed(std::string_view(buffer.data(), filled));
    if (fed.failed == Errc::protocol) co_return protocol_error(fed.why, call.site);
    if (fed.failed) co_return local_error(*fed.failed, fmt::format("{}: {}", call.site.request, fed.why));
    std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(fed.consumed),
              buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
    filled -= fed.consumed;
  }
  co_return std::nullopt;
}

Result<int> Connection::Impl::finish(const Call& call, const ResponseReader& reader) {
  // Bytes beyond the answer belong to nothing that was asked for.
  if (!reader.done() || !reader.keep_alive() || filled > 0) transport.reset();
  if (reader.is_success()) return reader.status();
  const FailedAnswer answer{reader.status(), reader.retry_after(), reader.location(), reader.error_body()};
  return status_error(answer, call.site, wall_clock());
}

asio::awaitable<Result<int>> Connection::Impl::exchange(Call& call) {
  const auto token = tokens.token(TokenSource::TimePoint::clock::now());
  if (!token) co_return token.error();
  call.phase = Phase::head;
  call.watchdog.start_phase(call.limits.head);
  filled = 0;
  const std::string request = request_of(call, *token);
  const Code unsent = co_await transport->write(request);
  const bool cancelled = co_await is_cancelled();
  if (unsent || cancelled) co_return explain(call, unsent, cancelled);
  ResponseReader reader(call.sink);
  auto failed = co_await receive(call, reader);
  // The status of an error stands even where its explanation is cut off; only our own end comes first.
  const bool has_error_status = reader.has_head() && !reader.is_success() && reader.status() >= 300;
  if (failed && !(has_error_status && failed->code != Errc::cancelled)) co_return std::move(*failed);
  co_return finish(call, reader);
}

/// One request and its answer, over the connection that is there or a new one.
asio::awaitable<Result<int>> Connection::Impl::attempt(Call& call) {
  for (bool reused = transport != nullptr;; reused = false) {
    call.answered = false;
    if (!transport) {
      if (auto failed = co_await connect(call)) {
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

asio::awaitable<Result<int>> Connection::Impl::run(std::string target, Limits limits, BodySink sink) {
  CallSite site = site_of(target);
  if (co_await is_cancelled()) co_return cancelled_error(site);
  if (!is_encoded_target(target)) {
    co_return local_error(Errc::bad_request, "a request's target must begin with / and be percent-encoded");
  }
  limits = bounded(limits);
  Watchdog watchdog(executor, [this] {
    if (transport) transport->close();
  });
  watchdog.limit_total(limits.total);
  Call call{std::move(target), limits, std::move(sink), std::move(site), watchdog};
  auto result = co_await attempt(call);
  if (!result && result.error().code == Errc::unauthorized && tokens.expire()) result = co_await attempt(call);
  co_return result;
}

Connection::Connection(asio::any_io_executor executor, std::shared_ptr<const ClusterConfig> config)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(config))) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

asio::awaitable<Result<int>> Connection::get(std::string target, Limits limits, BodySink sink) {
  // Cancellation is asked for after each wait; thrown, it would pass by the places that know what was going
  // on.
  const bool throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr thrown;  // by the sink
  Result<int> result = Error();
  try {
    result = co_await impl_->run(std::move(target), limits, std::move(sink));
  } catch (...) {
    thrown = std::current_exception();
    impl_->transport.reset();
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
  if (thrown) std::rethrow_exception(thrown);
  co_return result;
}

asio::awaitable<Result<std::string>> Connection::get_text(std::string target, Limits limits, std::size_t max_bytes) {
  std::string text;
  bool too_large = false;
  const CallSite site = impl_->site_of(target);
  const BodySink sink = [&text, &too_large, max_bytes](std::string_view piece) {
    too_large = piece.size() > max_bytes - text.size();
    if (!too_large) text.append(piece);
    return !too_large;
  };
  const Result<int> result = co_await get(std::move(target), limits, sink);
  if (too_large) co_return protocol_error(fmt::format("it exceeds {} bytes", max_bytes), site);
  if (!result) co_return result.error();
  co_return std::move(text);
}

}  // namespace snaptrail::kube
