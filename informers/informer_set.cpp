#include "informers/informer_set.hpp"

#include <algorithm>
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
#include <exception>
#include <utility>

namespace snaptrail::informers {

namespace asio = boost::asio;

struct InformerSet::Member {
  std::unique_ptr<Reflector> reflector;
  asio::cancellation_signal signal;
  bool leaving = false;         ///< remove() was called
  std::function<void()> ended;  ///< of remove()
};

struct InformerSet::Running {
  explicit Running(const asio::any_io_executor& executor) : ended(executor, asio::steady_timer::time_point::max()) {}

  asio::steady_timer ended;  ///< never expires; cancelled when the last reflector has ended
  std::size_t count = 0;
  bool begun = false;
  bool stopping = false;
  std::exception_ptr thrown;
};

InformerSet::InformerSet(asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config,
                         std::vector<Followed> targets, Intake& intake, std::uint64_t seed, ReflectorOptions options)
    : executor_(std::move(executor)),
      config_(std::move(config)),
      intake_(intake),
      seed_(seed),
      options_(std::move(options)),
      running_(std::make_unique<Running>(executor_)) {
  for (Followed& followed : targets) add(std::move(followed));
}

InformerSet::~InformerSet() { assert(running_->count == 0); }

asio::awaitable<void> InformerSet::run() {
  // A cancellation must not be thrown past reflectors that still run: they are joined first.
  const bool throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  running_->begun = true;
  if (!running_->stopping) std::ranges::for_each(members_, [this](const auto& member) { start(member); });
  while (running_->count > 0) {
    co_await running_->ended.async_wait(asio::as_tuple(asio::use_awaitable));
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) stop();
  }
  running_->stopping = true;
  co_await asio::this_coro::throw_if_cancelled(throwing);
  if (running_->thrown) std::rethrow_exception(running_->thrown);
}

void InformerSet::start(const std::shared_ptr<Member>& member) {
  ++running_->count;
  const auto ended = [this, member](const std::exception_ptr& thrown) {
    // Posted: the reflector may be destroyed only when its coroutine is over.
    asio::post(executor_, [this, member, thrown] { finish(member, thrown); });
  };
  asio::co_spawn(executor_, member->reflector->run(), asio::bind_cancellation_slot(member->signal.slot(), ended));
}

void InformerSet::finish(const std::shared_ptr<Member>& member, const std::exception_ptr& thrown) {
  if (thrown && !running_->thrown) {
    running_->thrown = thrown;
    stop();
  }
  if (member->leaving) {
    former_[member->reflector->target().name].add(member->reflector->stats());
    std::erase(members_, member);
    if (member->ended && !running_->stopping) member->ended();
  }
  if (--running_->count == 0) running_->ended.cancel();
}

void InformerSet::add(Followed followed) {
  if (running_->stopping) return;
  const auto member = std::make_shared<Member>();
  member->reflector = std::make_unique<Reflector>(executor_, config_, std::move(followed.target), intake_,
                                                  std::move(followed.stored), seed_++, options_);
  if (followed.distrust) member->reflector->distrust(std::move(*followed.distrust));
  members_.push_back(member);
  if (running_->begun) start(member);
}

void InformerSet::remove(const Target& target, std::function<void()> ended) {
  const auto found = std::ranges::find_if(members_, [&target](const std::shared_ptr<Member>& member) {
    return !member->leaving && member->reflector->target() == target;
  });
  if (found == members_.end() || running_->stopping) return;
  const std::shared_ptr<Member>& member = *found;
  if (!running_->begun) {
    members_.erase(found);
    if (ended) asio::post(executor_, std::move(ended));
    return;
  }
  member->leaving = true;
  member->ended = std::move(ended);
  asio::post(executor_, [member] { member->signal.emit(asio::cancellation_type::terminal); });
}

void InformerSet::stop() {
  if (std::exchange(running_->stopping, true)) return;
  // Posted: a reflector that calls this from within the Intake must be waiting again before the signal reaches it.
  asio::post(executor_, [members = members_] {
    for (const auto& member : members) member->signal.emit(asio::cancellation_type::terminal);
  });
}

std::vector<const Reflector*> InformerSet::reflectors() const {
  std::vector<const Reflector*> reflectors;
  reflectors.reserve(members_.size());
  for (const auto& member : members_) reflectors.push_back(member->reflector.get());
  return reflectors;
}

std::map<std::string, StreamTraffic> InformerSet::traffic() const {
  std::map<std::string, StreamTraffic> sums = former_;
  for (const auto& member : members_) sums[member->reflector->target().name].add(member->reflector->stats());
  return sums;
}

}  // namespace snaptrail::informers
