#include "controller/daemon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <random>
#include <utility>

#include "controller/daemon_impl.hpp"
#include "controller/shutdown.hpp"

namespace snaptrail::controller {
namespace {

/// How often time is told to the pipeline: its timers date what they find themselves, so a little late is fine.
constexpr milliseconds kTick{250};

std::vector<informers::Target> live_targets(const Config& config) {
  std::vector<informers::Target> targets = informers::all_targets();
  if (config.velero == VeleroMode::Off) {
    std::erase_if(targets, [](const informers::Target& target) {
      const std::string_view group = objects::resource_of(target.kind).group;
      return group == "velero.io" || group == "oadp.openshift.io";
    });
  }
  return targets;
}

}  // namespace

void Daemon::Impl::spawn(awaitable<void> task) {
  asio::co_spawn(io, std::move(task), [this](std::exception_ptr failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      log.error(fmt::format("unexpected failure, stopping: {}", error.what()));
    }
    request_stop();
  });
}

Instant Daemon::Impl::now() const {
  if (!playing) return wall_clock();
  const std::chrono::duration<double, std::milli> played = steady_clock::now() - playing->started;
  return playing->first + objects::Millis{static_cast<objects::Millis::rep>(played.count() * playing->speed)};
}

awaitable<void> Daemon::Impl::tick() {
  boost::system::error_code stopped;
  while (!stop_by) {
    pipeline->advance(now());
    if (pipeline->gate().is_open()) tell_classes();
    ticker->expires_after(kTick);
    co_await ticker->async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  }
}

awaitable<void> Daemon::Impl::play_all(double speed) {
  boost::system::error_code stopped;
  const auto started = steady_clock::now();
  const auto first = replayer->due();
  if (first) playing = Playing{started, *first, speed};
  while (!stop_by) {
    const auto due = replayer->due();
    if (!due) break;
    const std::chrono::duration<double, std::milli> offset(static_cast<double>((*due - *first).count()) / speed);
    play_timer->expires_at(started + std::chrono::duration_cast<steady_clock::duration>(offset));
    co_await play_timer->async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    if (!stop_by) replayer->step();
  }
  if (!stop_by) replayer->finish();
  playing.reset();
  log.info("the recording is over; still serving");
  if (stop_by || !options.show || options.show->pause.count() == 0) co_return;
  play_timer->expires_after(options.show->pause);
  co_await play_timer->async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  if (!stop_by) play_next(options.show->playing);
}

void Daemon::Impl::play_next(const std::string& name) {
  next = name;
  asio::post(io, [this] { request_stop(); });
}

void Daemon::Impl::request_stop() {
  if (stop_by) return;
  stop_by = steady_clock::now() + options.config.shutdown_timeout;
  log.info("stopping");
  ticker->cancel();
  if (play_timer) play_timer->cancel();
  if (follower) follower->stop();
  if (reload) reload->stop();
  parts->stop_events();
}

milliseconds Daemon::Impl::time_left() const {
  const auto left = std::chrono::duration_cast<milliseconds>(*stop_by - steady_clock::now());
  return std::max(left, milliseconds{0});
}

std::size_t Daemon::Impl::serve() {
  signals.async_wait([this](const boost::system::error_code& error, int) {
    signalled = !error;
    if (!error) request_stop();
  });
  while (!stop_by) io.run_one();
  const bool followed = follower != nullptr;
  while (followed && informers_running && time_left().count() > 0) io.run_one_for(time_left());
  const milliseconds patience = server_patience(options.config.shutdown_timeout);
  lost_rows = writer->stop(std::max(time_left() - patience, milliseconds{0}));
  ledger_reads->stop();
  bool server_ended = false;
  asio::co_spawn(io, server->stop(patience), [&server_ended](std::exception_ptr) { server_ended = true; });
  while (!server_ended && time_left() + patience > milliseconds{0}) {
    if (io.run_one_for(patience) == 0) break;
  }
  if (lost_rows > 0 && !start_over)
    log.error(fmt::format("stopped with rows that the ledger did not take rows={}", lost_rows));
  log.info("stopped");
  return lost_rows;
}

Daemon::Daemon(DaemonOptions options, const Log& log) : impl_(std::make_unique<Impl>(std::move(options), log, false)) {}
Daemon::~Daemon() = default;

std::size_t Daemon::run(std::shared_ptr<const kube::ClusterConfig> cluster) {
  for (;;) {
    const std::size_t lost = follow(cluster);
    if (!impl_->start_over || impl_->signalled) return lost;
    // A signal between the two is caught by one of them.
    auto next = std::make_unique<Impl>(impl_->options, impl_->log, true);
    impl_->io.restart();
    impl_->io.poll();
    if (impl_->signalled) return lost;
    impl_ = std::move(next);
  }
}

std::size_t Daemon::follow(std::shared_ptr<const kube::ClusterConfig> cluster) {
  Impl& impl = *impl_;
  const auto targets = live_targets(impl.options.config);
  impl.cluster = cluster;
  impl.start(targets, Scope::of_config(impl.options.config));
  impl.start_reload();
  informers::ReflectorOptions settings;
  settings.timings.absent_poll = impl.options.config.retry_absent;
  settings.log = [&impl](informers::LogLevel level, std::string_view message) {
    level == informers::LogLevel::Warning ? impl.log.warn(message) : impl.log.info(message);
  };
  impl.follower =
      std::make_unique<Follower>(impl.io.get_executor(), std::move(cluster), *impl.pipeline, targets, impl.positions,
                                 std::random_device{}(), std::move(settings), impl.options.config.watch.audit);
  impl.informers_running = true;
  asio::co_spawn(impl.io, impl.follower->run(), [&impl](std::exception_ptr failure) {
    impl.informers_running = false;
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      impl.log.error(fmt::format("informers failed, stopping: {}", error.what()));
    }
    impl.request_stop();
  });
  return impl.serve();
}

Played Daemon::play(informers::RecordingReader reader, const informers::RecordingSummary& summary, double speed) {
  Impl& impl = *impl_;
  impl.start(recording_targets());
  const objects::Millis shift = shift_to(wall_clock(), summary, speed);
  impl.replayer = std::make_unique<Replayer>(std::move(reader), summary, *impl.pipeline, shift);
  impl.play_timer = std::make_unique<asio::steady_timer>(impl.io);
  impl.spawn(impl.play_all(speed));
  const std::size_t lost_rows = impl.serve();
  return {lost_rows, impl.next};
}

}  // namespace snaptrail::controller
