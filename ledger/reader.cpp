#include "ledger/reader.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace snaptrail::ledger {
namespace {

using Clock = std::chrono::steady_clock;

struct Job {
  Reader::Query query;
  Reader::Done done;
  Clock::time_point deadline;
};

}  // namespace

struct Reader::Impl {
  Impl(std::filesystem::path path, ReaderOptions opts) : file(std::move(path)), options(opts) {
    thread = std::thread([this] { work(); });
  }

  void work() {
    while (auto job = next()) {
      job->done(run(*job));
      const std::lock_guard lock(mutex);
      --in_flight;
    }
  }

  /// The next query; nullopt when there is none left after stop().
  std::optional<Job> next() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return stopping || !jobs.empty(); });
    if (jobs.empty()) return std::nullopt;
    Job job = std::move(jobs.front());
    jobs.pop_front();
    return job;
  }

  std::exception_ptr run(const Job& job) {
    deadline = job.deadline;
    try {
      if (is_over()) {
        throw Error(Errc::timed_out,
                    fmt::format("ledger {}: no time was left for the query: other queries, or the disk, "
                                "took too long: try again in a moment",
                                file.string()));
      }
      if (!ledger) {
        ledger.emplace(file, Ledger::Mode::ReadOnly);
        ledger->limit_queries([this] { return is_over(); });
      }
      job.query(*ledger);
      return nullptr;
    } catch (const Error& error) {
      // Whatever it was, a file that was replaced for one, a new connection sees it as it is now.
      if (error.code() != Errc::timed_out) ledger.reset();
      return std::current_exception();
    } catch (...) {
      return std::current_exception();
    }
  }

  bool is_over() const { return stopping || Clock::now() > deadline; }

  const std::filesystem::path file;
  const ReaderOptions options;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;
  std::size_t in_flight = 0;
  std::atomic<bool> stopping = false;
  // Of the thread alone.
  std::optional<Ledger> ledger;
  Clock::time_point deadline;
  std::thread thread;
};

Reader::Reader(std::filesystem::path file, ReaderOptions options)
    : impl_(std::make_unique<Impl>(std::move(file), options)) {}

Reader::~Reader() { stop(); }

bool Reader::ask(Query query, Done done) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopping || impl_->in_flight >= impl_->options.max_waiting) return false;
    ++impl_->in_flight;
    impl_->jobs.push_back({std::move(query), std::move(done), Clock::now() + impl_->options.deadline});
  }
  impl_->changed.notify_one();
  return true;
}

void Reader::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_one();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace snaptrail::ledger
