// Watches, and what ends them: Recorder's part of them.
#include <fmt/format.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "controller/recorder.hpp"
#include "informers/request_path.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::controller {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr std::chrono::seconds kWatchTimeout{300};
/// Bytes of an event: a recording's line has at most 16 MiB, with what is around the event.
constexpr std::size_t kMaxEvent = (16u << 20) - 1024;

/// An event that could not be read, as what ended the watch.
informers::WatchError unreadable(std::string why) { return {0, std::string(informers::kUnreadable), std::move(why)}; }

/// Why a watch can't go on after that line, if it can't.
std::optional<informers::WatchError> end_of_watch(informers::Decoded line) {
  if (auto* error = std::get_if<informers::WatchError>(&line)) return std::move(*error);
  auto* malformed = std::get_if<informers::Malformed>(&line);
  if (malformed == nullptr || !malformed->loses) return std::nullopt;
  return unreadable(std::move(malformed->why));
}

}  // namespace

/// Watches every namespace until all have ended: at stop(), or when one has to list again, which ends the others.
awaitable<Recorder::Next> Recorder::watch_all() {
  must_list_ = false;
  broken_ = nullptr;
  following_ = 0;
  for (const auto& stream : streams_) {
    if (stream->left_out) continue;
    ++following_;
    asio::co_spawn(executor_, follow(*stream),
                   asio::bind_cancellation_slot(stream->cancel.slot(), [this](std::exception_ptr failure) {
                     if (failure && !broken_) broken_ = std::move(failure);
                     if (broken_) end_watches();
                     --following_;
                     joined_.cancel();
                   }));
  }
  boost::system::error_code ended;
  while (following_ > 0) {
    joined_.expires_at(asio::steady_timer::time_point::max());
    co_await joined_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  if (broken_) std::rethrow_exception(broken_);
  if (stopped_) co_return Next::Stop;
  co_return Next::List;
}

awaitable<void> Recorder::follow(Stream& stream) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!stopped_ && !must_list_) {
    const Next next = co_await watch(stream);
    if (next == Next::List) {
      must_list_ = true;
      end_watches();
    }
  }
}

awaitable<Recorder::Next> Recorder::watch(Stream& stream) {
  std::optional<informers::WatchError> error;
  informers::LineSplitter splitter(kMaxEvent);
  kube::Limits limits;
  limits.idle = std::chrono::seconds{150};  // a server sends a bookmark about every minute
  limits.total = kWatchTimeout + std::chrono::seconds{15};
  const auto started = std::chrono::steady_clock::now();
  const std::string path = informers::request_path(
      stream.target, informers::command::Watch{stream.resource_version, kWatchTimeout}, stream.version);
  const kube::BodySink sink = [this, &stream, &splitter, &error](std::string_view piece) {
    const auto lost_a_line = [&] {
      if (splitter.oversized() > 0) error = unreadable(fmt::format("it has more than {} bytes", kMaxEvent));
      return error.has_value();
    };
    // A line that was too long is noticed before the one after it, whose version would hide that something is missing.
    const bool go_on = splitter.write(piece, [&](std::string_view line) {
      if (!lost_a_line()) error = end_of_watch(take_line(stream, line));
      return !error;
    });
    flush();
    return go_on && !lost_a_line() && !stopped_;
  };
  const auto answer = co_await stream.connection.get(path, limits, sink);
  if (stopped_ || must_list_) co_return Next::Stop;
  if (error) co_return co_await lost(stream, *error);
  const bool broke_off = answer.has_error() && answer.error().code != kube::Errc::disconnected &&
                         answer.error().code != kube::Errc::timed_out;
  if (broke_off) co_return co_await failed(stream, answer.error());
  if (std::chrono::steady_clock::now() - started < std::chrono::seconds{1}) co_await pause(stream, options_.retry);
  co_return Next::Watch;
}

/// An ERROR, or what could not be read, ended the watch: the place in the stream is not relied on.
awaitable<Recorder::Next> Recorder::lost(Stream& stream, const informers::WatchError& error) {
  const bool expired = informers::is_expired(error);
  std::string why = fmt::format("the server ended the watch with code {}", error.code);
  if (error.reason == informers::kUnreadable) why = fmt::format("an event can't be read ({})", error.message);
  if (expired) why = "history expired";
  log_.warn(fmt::format("record resource={}: {}, listing again", target_.name, why));
  if (stats_.synced) write_gap(expired ? objects::GapCause::Expired : objects::GapCause::Disconnected);
  co_await pause(stream, options_.retry);
  co_return stopped_ ? Next::Stop : Next::List;
}

}  // namespace snaptrail::controller
