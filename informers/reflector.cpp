#include "informers/reflector.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "informers/request_path.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::informers {

namespace asio = boost::asio;
using asio::awaitable;
using kube::Errc;

namespace {

/// A failed call as the state machine takes it; our own shutdown is none.
Input failed(kube::Error error) {
  if (error.code == Errc::cancelled) return input::Cancelled{};
  return input::CallFailed{std::move(error)};
}

Input failed(Errc code, std::string message) {
  kube::Error error;
  error.code = code;
  error.message = std::move(message);
  return input::CallFailed{std::move(error)};
}

/// The server does not know the resource in the version that was asked for.
bool is_absent(const Input& input) {
  const auto* call = std::get_if<input::CallFailed>(&input);
  return call != nullptr && call->error.code == Errc::not_found;
}

/// A success whose body is something else: as a rule a proxy or load balancer that answers in the server's place.
Input no_list(const ListDecoder& decoder) {
  return failed(Errc::protocol,
                fmt::format("the answer to a list is no list ({}); look at what stands between here and "
                            "the API server",
                            decoder.error()));
}

WatchTimings timings_of(const Target& target, WatchTimings timings) {
  timings.poll = target.poll;
  return timings;
}

}  // namespace

Moment machine_clock() {
  const auto wall = std::chrono::system_clock::now();
  return {std::chrono::floor<objects::Millis>(wall), std::chrono::steady_clock::now()};
}

Reflector::Reflector(asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config, Target target,
                     Intake& intake, std::optional<Position> stored, std::uint64_t seed, ReflectorOptions options)
    : executor_(executor),
      target_(std::move(target)),
      intake_(intake),
      options_(std::move(options)),
      fsm_(target_.name, timings_of(target_, options_.timings), std::move(stored), seed),
      connection_(executor, std::move(config)),
      decoder_(target_.kind) {}

awaitable<void> Reflector::run() {
  try {
    co_await follow();
  } catch (const boost::system::system_error& error) {
    // A cancellation that comes between two waits is thrown by the next one.
    if (error.code() != asio::error::operation_aborted) throw;
  }
}

awaitable<void> Reflector::follow() {
  Step step = fsm_.resume(input::Started{}, options_.clock());
  while (!std::holds_alternative<command::Stop>(step.next)) {
    const Input input = co_await execute(step.next);
    step = fsm_.resume(input, options_.clock());
    log_failure(input, step.next);
    report(step);
  }
}

awaitable<Input> Reflector::execute(Command command) {
  if (auto* page = std::get_if<command::ListPage>(&command)) return list_page(std::move(*page));
  if (auto* question = std::get_if<command::Check>(&command)) return check(std::move(*question));
  if (auto* stream = std::get_if<command::Watch>(&command)) return watch(std::move(*stream));
  return wait(std::get<command::Wait>(command));
}

awaitable<Input> Reflector::wait(command::Wait wait) {
  asio::steady_timer timer(executor_, wait.duration);
  const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (error) co_return input::Cancelled{};
  co_return input::TimerFired{};
}

// ---- lists ----

awaitable<Input> Reflector::list_page(command::ListPage page) {
  if (page.continue_token.empty()) {
    if (std::exchange(ever_listed_, true)) ++stats_.relists;
    list_begun_ = false;
    watched_ = false;
    co_return co_await first_page(page);
  }
  co_return co_await request_page(page);
}

/// Of the first version that is served. A server that serves none is asked again for all of them by the next list.
awaitable<Input> Reflector::first_page(const command::ListPage& page) {
  const objects::Resource& resource = objects::resource_of(target_.kind);
  version_ = resource.version;
  Input preferred = co_await request_page(page);
  for (std::size_t index = 1; is_absent(preferred) && !resource.version_at(index).empty(); ++index) {
    version_ = resource.version_at(index);
    Input other = co_await request_page(page);
    if (!is_absent(other)) co_return other;
  }
  co_return preferred;
}

awaitable<Input> Reflector::request_page(const command::ListPage& page) {
  ListDecoder decoder(target_.kind, [this, &decoder](objects::Object object) {
    begin_list(decoder.meta().resource_version);
    ++stats_.listed;
    intake_.listed(target_, std::move(object), options_.clock().wall);
  });
  bool readable = true;
  const kube::BodySink sink = [this, &decoder, &readable](std::string_view piece) {
    stats_.bytes += piece.size();
    readable = decoder.write(piece);
    return readable;
  };
  const auto result = co_await connection_.get(request_path(target_, page, version_), options_.list, sink);
  stats_.malformed += decoder.malformed();
  if (decoder.malformed() > 0) log_skipped("item", fmt::format("{} items of a list", decoder.malformed()));
  if (!result && readable) co_return failed(result.error());
  if (!readable || !decoder.finish()) co_return no_list(decoder);
  begin_list(decoder.meta().resource_version);
  received(options_.clock());
  co_return input::PageDone{decoder.meta().resource_version, decoder.meta().continue_token};
}

/// Once a list, before its first item.
void Reflector::begin_list(std::string_view resource_version) {
  if (std::exchange(list_begun_, true)) return;
  const Moment now = options_.clock();
  if (auto gap = fsm_.list_opened(resource_version, now)) intake_.gap(target_, std::move(*gap), now.wall);
  intake_.list_started(target_, now.wall);
}

awaitable<Input> Reflector::check(command::Check check) {
  ListDecoder decoder(target_.kind, [](const objects::Object&) {});
  bool readable = true;
  const kube::BodySink sink = [this, &decoder, &readable](std::string_view piece) {
    stats_.bytes += piece.size();
    readable = decoder.write(piece);
    return readable;
  };
  const auto result = co_await connection_.get(request_path(target_, check, version_), options_.list, sink);
  if (!result && readable) co_return failed(result.error());
  if (!readable || !decoder.finish()) co_return no_list(decoder);
  co_return input::PageDone{decoder.meta().resource_version, decoder.meta().continue_token};
}

// ---- watches ----

awaitable<Input> Reflector::watch(command::Watch watch) {
  if (std::exchange(watched_, true)) ++stats_.reconnects;
  LineSplitter splitter(options_.max_line);
  std::optional<WatchError> ended_by;
  const kube::BodySink sink = [this, &splitter, &ended_by](std::string_view piece) {
    return take_piece(splitter, piece, ended_by);
  };
  kube::Limits limits = options_.watch;
  limits.total = watch.timeout + options_.watch_grace;
  const auto result = co_await connection_.get(request_path(target_, watch, version_), limits, sink);
  if (ended_by) co_return input::StreamFailed{std::move(*ended_by)};
  if (!result) co_return failed(result.error());
  if (splitter.pending() > 0) co_return failed(Errc::disconnected, "the watch ended in the middle of an event");
  co_return input::StreamEnded{};
}

bool Reflector::take_piece(LineSplitter& splitter, std::string_view piece, std::optional<WatchError>& failed) {
  stats_.bytes += piece.size();
  const std::size_t before = splitter.oversized();
  const bool go_on = splitter.write(piece, [&](std::string_view line) { return take_line(line, failed); });
  if (splitter.oversized() != before) {
    stats_.oversized += splitter.oversized() - before;
    log_skipped("oversized", fmt::format("an event of more than {} bytes", options_.max_line));
  }
  return go_on;
}

/// False ends the watch, with `failed` set.
bool Reflector::take_line(std::string_view line, std::optional<WatchError>& failed) {
  Decoded decoded = decoder_.decode(line);
  if (auto* event = std::get_if<ObjectEvent>(&decoded)) {
    take_event(std::move(*event));
    return true;
  }
  if (const auto* bookmark = std::get_if<Bookmark>(&decoded)) {
    const Moment now = options_.clock();
    ++stats_.bookmarks;
    received(now);
    fsm_.delivered(bookmark->resource_version, now);
    if (is_version(bookmark->resource_version)) intake_.bookmark(target_, bookmark->resource_version, now.wall);
    return true;
  }
  if (auto* error = std::get_if<WatchError>(&decoded)) {
    ++stats_.stream_errors;
    failed = std::move(*error);
    return false;
  }
  ++stats_.malformed;
  log_skipped("event", fmt::format("an event ({})", std::get<Malformed>(decoded).why));
  return true;
}

void Reflector::take_event(ObjectEvent event) {
  const Moment now = options_.clock();
  ++stats_.events.at(static_cast<std::size_t>(event.type));
  received(now);
  fsm_.delivered(objects::meta_of(event.object).resource_version, now);
  intake_.delivered(target_, std::move(event), now.wall);
}

// ---- reports ----

void Reflector::report(Step& step) {
  const objects::Instant now = options_.clock().wall;
  if (step.gap) intake_.gap(target_, std::move(*step.gap), now);
  if (step.list_finished) {
    stats_.synced_at = now;
    intake_.list_finished(target_, *step.list_finished, now);
  }
  if (step.availability) {
    stats_.availability = step.availability->availability;
    intake_.availability(target_, step.availability->availability, step.availability->why, now);
  }
}

void Reflector::received(Moment now) {
  stats_.last_receive = now.wall;
  if (const auto lasted = calls_.recovered(now.steady)) {
    say(LogLevel::Info, fmt::format("can be followed again, after {} s", lasted->count()));
  }
}

void Reflector::log_failure(const Input& input, const Command& next) {
  std::string what, kind;
  if (const auto* call = std::get_if<input::CallFailed>(&input)) {
    ++stats_.failures;
    what = call->error.message;
    kind = kube::to_string(call->error.code);
  } else if (const auto* stream = std::get_if<input::StreamFailed>(&input)) {
    const bool expired = is_expired(stream->error);
    kind = expired ? "expired" : "stream error";
    what = expired ? "the server no longer has the history since our last event, all objects are listed again"
                   : fmt::format("the server ended the watch with code {}", stream->error.code);
  }
  if (kind.empty() || !calls_.failed(kind, options_.clock().steady)) return;
  if (const auto* wait = std::get_if<command::Wait>(&next)) {
    what += fmt::format("; trying again in {:.1f} s", std::chrono::duration<double>(wait->duration).count());
  }
  say(LogLevel::Warning, what);
}

void Reflector::log_skipped(std::string_view kind, const std::string& why) {
  if (skipped_.failed(kind, options_.clock().steady)) say(LogLevel::Warning, "skipped " + why);
}

void Reflector::say(LogLevel level, const std::string& message) const {
  if (options_.log) options_.log(level, stream_text(target_) + ": " + message);
}

}  // namespace snaptrail::informers
