#include "informers/informer_set.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <cstddef>
#include <deque>
#include <exception>
#include <utility>

namespace snaptrail::informers {

namespace asio = boost::asio;

struct InformerSet::Running {
  explicit Running(const asio::any_io_executor& executor) : ended(executor, asio::steady_timer::time_point::max()) {}

  std::deque<asio::cancellation_signal> signals;  // a deque: its elements stay where they are
  asio::steady_timer ended;                       ///< never expires; cancelled when the last reflector has ended
  std::size_t count = 0;
  bool stopping = false;
  std::exception_ptr thrown;
};

InformerSet::InformerSet(asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config,
                         std::vector<Followed> targets, Intake& intake, std::uint64_t seed, ReflectorOptions options)
    : executor_(std::move(executor)), running_(std::make_shared<Running>(executor_)) {
  for (Followed& followed : targets) {
    reflectors_.push_back(std::make_unique<Reflector>(executor_, config, std::move(followed.target), intake,
                                                      std::move(followed.stored), seed++, options));
  }
}

InformerSet::~InformerSet() { assert(running_->count == 0); }

asio::awaitable<void> InformerSet::run() {
  // A cancellation must not be thrown past reflectors that still run: they are joined first.
  const bool throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  for (const auto& reflector : reflectors_) {
    if (!running_->stopping) start(*reflector);
  }
  while (running_->count > 0) {
    co_await running_->ended.async_wait(asio::as_tuple(asio::use_awaitable));
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) stop();
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
  if (running_->thrown) std::rethrow_exception(running_->thrown);
}

void InformerSet::start(Reflector& reflector) {
  const auto ended = [this](const std::exception_ptr& thrown) {
    --running_->count;
    if (thrown && !running_->thrown) {
      running_->thrown = thrown;
      stop();
    }
    if (running_->count == 0) running_->ended.cancel();
  };
  ++running_->count;
  asio::cancellation_signal& signal = running_->signals.emplace_back();
  asio::co_spawn(executor_, reflector.run(), asio::bind_cancellation_slot(signal.slot(), ended));
}

void InformerSet::stop() {
  if (std::exchange(running_->stopping, true)) return;
  // Posted: a reflector that calls this from within the Intake must be waiting again before the signal reaches it.
  asio::post(executor_, [running = running_] {
    for (asio::cancellation_signal& signal : running->signals) signal.emit(asio::cancellation_type::terminal);
  });
}

}  // namespace snaptrail::informers
