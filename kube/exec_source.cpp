#include "kube/exec_source.hpp"

#include "kube/child_process.hpp"
#include "kube/local_error.hpp"
#include "objects/utf8.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <map>
#include <string_view>

namespace snaptrail::kube {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::system_clock;

constexpr std::size_t kErrorShown = 400;

/// The last words of a standard error, on one line.
std::string last_words(std::string_view err) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto last = err.find_last_not_of(kBlanks);
  if (last == err.npos) return {};
  err = err.substr(0, last + 1);
  const bool cut = err.size() > kErrorShown;
  if (cut) err = err.substr(err.size() - kErrorShown);
  return fmt::format("; it said: {}{}", cut ? "..." : "", objects::to_printable(err));
}

std::string how_it_failed(const ExecPlugin& plugin, const ChildResult& result) {
  switch (result.end) {
    case ChildResult::End::not_found:
      return fmt::format("there is no such program; install it, or put it on the PATH{}",
                         plugin.install_hint.empty() ? "" : ": " + plugin.install_hint);
    case ChildResult::End::not_started: return fmt::format("it can't be started: {}", result.why);
    case ChildResult::End::timed_out:
      return fmt::format("it did not end within {} s, and was killed; does it wait for a browser or a terminal?{}",
                         std::chrono::ceil<std::chrono::seconds>(plugin.deadline).count(), last_words(result.err_end));
    case ChildResult::End::too_much: return "its standard output is larger than 1 MiB, so it was killed";
    case ChildResult::End::signalled:
      return fmt::format("signal {} ended it{}", result.code, last_words(result.err_end));
    case ChildResult::End::exited: return fmt::format("exit code {}{}", result.code, last_words(result.err_end));
    case ChildResult::End::cancelled: break;
  }
  return "cancelled";
}

Error plugin_error(const ExecPlugin& plugin, std::string_view why) {
  return local_error(Errc::credentials,
                     fmt::format("no credentials from the exec plugin {} of {}: {}", plugin.command, plugin.user, why));
}

}  // namespace

ChildCommand command_of(const ExecPlugin& plugin) {
  std::map<std::string, std::string> variables;
  for (char** variable = environ; variable && *variable; ++variable) {
    const std::string_view text = *variable;
    const auto equals = text.find('=');
    if (equals != text.npos) variables[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : plugin.env) variables[name] = value;
  variables["KUBERNETES_EXEC_INFO"] = plugin.exec_info;
  ChildCommand command;
  command.program = plugin.command;
  command.args = plugin.args;
  command.deadline = plugin.deadline;
  for (const auto& [name, value] : variables) command.environment.push_back(fmt::format("{}={}", name, value));
  return command;
}

Result<ExecCredential> credential_of(const ExecPlugin& plugin, const ChildResult& result) {
  if (result.end != ChildResult::End::exited || result.code != 0) {
    return plugin_error(plugin, how_it_failed(plugin, result));
  }
  auto credential = parse_exec_credential(result.out, plugin.api_version);
  if (!credential) return plugin_error(plugin, credential.error().message + last_words(result.err_end));
  return credential;
}

/// A get() that waits for the run's end.
struct ExecSource::Waiter {
  Waiter(ExecSource& of, asio::steady_timer& timer) : source(of), wake(timer) { source.waiting_.push_back(this); }
  ~Waiter() { std::erase(source.waiting_, this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  ExecSource& source;
  asio::steady_timer& wake;
  bool served = false;
  Outcome outcome;
};

ExecSource::ExecSource(ExecPlugin plugin) : plugin_(std::move(plugin)) {}
ExecSource::~ExecSource() = default;

asio::awaitable<Result<ExecCredentialPtr>> ExecSource::get(asio::steady_timer& wake) {
  const auto self = shared_from_this();
  for (;;) {
    if (auto credential = cache_.usable(Clock::now())) co_return credential;
    if (!running_) {
      if (auto failure = cache_.failure(Clock::now())) co_return std::move(*failure);
      start(wake.get_executor());
    }
    std::optional<Waiter> waiter(std::in_place, *this, wake);
    wake.expires_at(asio::steady_timer::time_point::max());
    co_await wake.async_wait(asio::as_tuple(asio::use_awaitable));
    const bool served = waiter->served;
    const Outcome outcome = waiter->outcome;
    waiter.reset();
    if (!served) {
      if (waiting_.empty()) cancel();
      co_return local_error(Errc::cancelled, "waiting for the exec plugin was given up");
    }
    // Without an outcome the run was cancelled, by others who gave up just before this one came.
    if (outcome) co_return *outcome;
  }
}

void ExecSource::cancel() {
  cancelled_ = true;
  cancel_.emit(asio::cancellation_type::terminal);
}

void ExecSource::start(const asio::any_io_executor& executor) {
  running_ = true;
  cancelled_ = false;
  const auto on_end = [self = shared_from_this()](const std::exception_ptr& thrown, const Outcome& outcome) {
    if (!thrown) return self->finish(outcome);
    if (self->cancelled_) return self->finish(std::nullopt);  // before it had begun
    Error error = plugin_error(self->plugin_, "out of memory or file handles");
    self->cache_.failed(error, Clock::now());
    self->finish(Result<ExecCredentialPtr>(std::move(error)));
  };
  asio::co_spawn(executor, run(shared_from_this()), asio::bind_cancellation_slot(cancel_.slot(), on_end));
}

asio::awaitable<ExecSource::Outcome> ExecSource::run(std::shared_ptr<ExecSource> self) {
  const ChildResult result = co_await run_child(command_of(self->plugin_));
  if (result.end == ChildResult::End::cancelled) co_return std::nullopt;
  auto credential = credential_of(self->plugin_, result);
  if (!credential) {
    self->cache_.failed(credential.error(), Clock::now());
    co_return Result<ExecCredentialPtr>(credential.error());
  }
  auto shared = std::make_shared<const ExecCredential>(std::move(*credential));
  self->cache_.succeeded(shared, Clock::now());
  co_return Result<ExecCredentialPtr>(std::move(shared));
}

void ExecSource::finish(const Outcome& outcome) {
  running_ = false;
  for (Waiter* waiter : waiting_) {
    waiter->served = true;
    waiter->outcome = outcome;
    waiter->wake.cancel();
  }
}

}  // namespace snaptrail::kube
