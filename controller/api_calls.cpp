#include "controller/api_calls.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <exception>
#include <string>
#include <utility>

namespace snaptrail::controller {
namespace {

namespace asio = boost::asio;

struct Job {
  kube::Write write;
  ApiCalls::Done done;
};

struct Worker {
  Worker(const asio::any_io_executor& executor, std::shared_ptr<const kube::ClusterConfig> cluster)
      : connection(executor, std::move(cluster)) {}
  kube::Connection connection;
  asio::cancellation_signal cancel;
  bool busy = false;
};

}  // namespace

struct ApiCalls::State : std::enable_shared_from_this<State> {
  /// Called when a worker has nothing left to do; owns the state until then.
  struct Ended {
    std::shared_ptr<State> state;
    Worker* worker;
    void operator()(std::exception_ptr) const {
      worker->busy = false;
      state->start();
    }
  };

  void start() {
    for (Worker& worker : workers) {
      if (ended || waiting.empty()) return;
      if (std::exchange(worker.busy, true)) continue;
      asio::co_spawn(executor, work(shared_from_this(), worker),
                     asio::bind_cancellation_slot(worker.cancel.slot(), Ended{shared_from_this(), &worker}));
    }
  }

  static asio::awaitable<void> work(std::shared_ptr<State> state, Worker& worker) {
    while (!state->ended && !state->waiting.empty()) {
      Job job = std::move(state->waiting.front());
      state->waiting.pop_front();
      kube::Result<std::string> result = kube::Error();
      try {
        result = co_await worker.connection.send(std::move(job.write), state->limits);
      } catch (const std::exception& error) {
        kube::Error failed;
        failed.message = error.what();
        result = std::move(failed);
      }
      if (!state->ended) job.done(result);
    }
  }

  asio::any_io_executor executor;
  kube::Limits limits;
  std::size_t max_waiting = 0;
  std::deque<Worker> workers;  // a deque: its elements stay where they are
  std::deque<Job> waiting;
  bool ended = false;
};

ApiCalls::ApiCalls(asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> cluster, Options options)
    : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
  state_->limits = {options.deadline, options.deadline, options.deadline, options.deadline};
  state_->max_waiting = options.max_waiting;
  for (std::size_t i = 0; i < options.connections; ++i) state_->workers.emplace_back(state_->executor, cluster);
}

ApiCalls::~ApiCalls() { stop(); }

bool ApiCalls::submit(kube::Write write, Done done) {
  if (state_->ended || state_->waiting.size() >= state_->max_waiting) return false;
  state_->waiting.push_back({std::move(write), std::move(done)});
  state_->start();
  return true;
}

void ApiCalls::stop() {
  if (std::exchange(state_->ended, true)) return;
  state_->waiting.clear();
  for (Worker& worker : state_->workers) worker.cancel.emit(asio::cancellation_type::terminal);
}

}  // namespace snaptrail::controller
