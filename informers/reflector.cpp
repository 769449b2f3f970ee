#include "informers/reflector.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "informers/request_path.hpp"

namespace snaptrail::informers {

namespace asio = boost::asio;
using asio::awaitable;
using kube::Errc;

namespace {

/// The server does not know the resource in the version that was asked for.
bool is_absent(const Input& input) {
  const auto* call = std::get_if<input::CallFailed>(&input);
  return call != nullptr && call->error.code == Errc::not_found;
}

std::optional<kube::Error> error_of(const kube::Result<int>& result) {
  if (result) return std::nullopt;
  return result.error();
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
      options_(std::move(options)),
      fsm_(target.name, timings_of(target, options_.timings), std::move(stored), seed),
      receiver_(std::move(target), fsm_, intake, {options_.max_line, options_.proof, options_.clock, options_.log}),
      connection_(executor, std::move(config)) {}

void Reflector::distrust(Distrust distrust) {
  fsm_.distrust(std::move(distrust));
  receiver_.distrusted();
}

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
    receiver_.report(input, step);
  }
}

awaitable<Input> Reflector::execute(Command command) {
  if (auto* page = std::get_if<command::ListPage>(&command)) return list_page(std::move(*page));
  if (std::holds_alternative<command::StreamList>(command)) return list(std::move(command));
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

awaitable<Input> Reflector::list_page(command::ListPage page) {
  if (page.continue_token.empty()) co_return co_await list(std::move(page));
  co_return co_await request_page(page);
}

/// Begins a list, of the first version that is served. A server that serves none is asked again for all of them by the next
/// list.
awaitable<Input> Reflector::list(Command command) {
  receiver_.start_list();
  const objects::Resource& resource = objects::resource_of(target().kind);
  version_ = resource.version;
  Input preferred = co_await ask(command);
  for (std::size_t index = 1; is_absent(preferred) && !resource.version_at(index).empty(); ++index) {
    version_ = resource.version_at(index);
    Input other = co_await ask(command);
    if (!is_absent(other)) co_return other;
  }
  co_return preferred;
}

awaitable<Input> Reflector::ask(const Command& command) {
  if (const auto* page = std::get_if<command::ListPage>(&command)) return request_page(*page);
  return stream_list(std::get<command::StreamList>(command));
}

awaitable<Input> Reflector::request_page(const command::ListPage& page) {
  co_return co_await get_page(request_path(target(), page, version_), true);
}

awaitable<Input> Reflector::check(command::Check check) {
  co_return co_await get_page(request_path(target(), check, version_), false);
}

awaitable<Input> Reflector::get_page(std::string path, bool listing) {
  Receiver::Page page(receiver_, listing);
  const kube::BodySink sink = [&page](std::string_view piece) { return page.take(piece); };
  const auto result = co_await connection_.get(std::move(path), options_.list, sink);
  co_return page.ended(error_of(result));
}

awaitable<Input> Reflector::watch(command::Watch watch) {
  receiver_.start_stream(false);
  co_return co_await follow_stream(request_path(target(), watch, version_), watch.timeout);
}

/// A list that goes on as a watch.
awaitable<Input> Reflector::stream_list(const command::StreamList& list) {
  receiver_.start_stream(true);
  co_return co_await follow_stream(request_path(target(), list, version_), list.timeout);
}

awaitable<Input> Reflector::follow_stream(std::string path, std::chrono::seconds timeout) {
  const kube::BodySink sink = [this](std::string_view piece) { return receiver_.take(piece); };
  kube::Limits limits = options_.watch;
  limits.total = timeout + options_.watch_grace;
  const auto result = co_await connection_.get(std::move(path), limits, sink);
  co_return receiver_.stream_ended(error_of(result));
}

}  // namespace snaptrail::informers
