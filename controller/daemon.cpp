#include "controller/daemon.hpp"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <optional>
#include <random>
#include <utility>

#include "controller/ledger_reads.hpp"
#include "controller/pipeline.hpp"
#include "controller/replayer.hpp"
#include "controller/row_text.hpp"
#include "controller/views.hpp"
#include "informers/informer_set.hpp"
#include "ledger/writer.hpp"
#include "serving/endpoints.hpp"
#include "serving/http_server.hpp"

namespace snaptrail::controller {

namespace asio = boost::asio;
using asio::awaitable;
using objects::Instant;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// How often time is told to the pipeline: its timers date what they find themselves, so a little late is fine.
constexpr milliseconds kTick{250};
/// Of earlier runs, for diagnosis: some days of a busy cluster, a fraction of a second to read.
constexpr std::size_t kRecalledRows = 50'000;
/// For answers under way at the end; scrapes take less.
constexpr milliseconds kServerPatience{1'000};

Instant wall_clock() { return std::chrono::floor<objects::Millis>(std::chrono::system_clock::now()); }

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

struct Daemon::Impl : PipelineSink {
  Impl(DaemonOptions opts, const Log& logger)
      : options(std::move(opts)),
        log(logger),
        ledger(std::in_place, options.config.ledger.path, ledger::Ledger::Mode::ReadWrite) {}

  // Made in this order, ended in the reverse one.
  DaemonOptions options;
  const Log& log;
  asio::io_context io{1};
  std::optional<ledger::Ledger> ledger;
  std::vector<ledger::Position> positions;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<ledger::Writer> writer;
  std::unique_ptr<Views> views;
  std::unique_ptr<LedgerReads> ledger_reads;
  std::unique_ptr<serving::Metrics> metrics;
  std::unique_ptr<serving::HttpServer> server;
  std::unique_ptr<informers::InformerSet> informer_set;
  std::unique_ptr<Replayer> replayer;
  std::unique_ptr<asio::steady_timer> ticker;
  std::unique_ptr<asio::steady_timer> play_timer;
  /// A recording that plays.
  struct Playing {
    steady_clock::time_point started;
    Instant first;
    double speed = 1;
  };
  std::optional<Playing> playing;
  std::optional<steady_clock::time_point> stop_by;
  std::size_t lost_rows = 0;

  // PipelineSink
  void record(ledger::Batch batch) override { writer->append(std::move(batch)); }
  void availability_changed(const informers::Target& target, informers::Availability availability,
                            std::string_view why) override {
    const bool fine = availability == informers::Availability::Synced;
    const std::string line = fmt::format("informer resource={} availability={}{}{}", target.name,
                                         to_string(availability), why.empty() ? "" : " why=", why);
    fine ? log.info(line) : log.warn(line);
  }
  void operation_finished(const FinishedOperation& operation) override {
    const double seconds = static_cast<double>(operation.duration.count()) / 1000.0;
    log.info(fmt::format("{} finished name={} phase={} seconds={:.0f}", objects::to_string(operation.kind),
                         operation.name, operation.phase, seconds));
    if (operation.kind == objects::Kind::Backup) {
      metrics->backup_finished("velero", operation.schedule, operation.phase, seconds);
    } else {
      metrics->restore_finished("velero", operation.schedule, operation.phase, seconds);
    }
  }
  void gate_opened(Instant) override {
    const auto& stores = pipeline->stores();
    log.info(fmt::format("synced: classification begins snapshots={} contents={} claims={} volumes={}",
                         stores.snapshots.size(), stores.contents.size(), stores.claims.size(), stores.volumes.size()));
    tell_classes();
  }

  void start(std::vector<informers::Target> targets) {
    PipelineOptions settings;
    settings.cluster = options.cluster;
    settings.epoch = ledger->epoch();
    settings.targets = std::move(targets);
    settings.thresholds = options.config.diagnosis;
    positions = ledger->positions();
    settings.first_start = positions.empty();
    for (const auto& position : positions) settings.followed_before.insert(position.target);
    pipeline = std::make_unique<Pipeline>(std::move(settings), *this);
    recall_findings();
    std::size_t known = 0;
    ledger->for_each_open_record([&](objects::ObjectRecord record) {
      pipeline->restore(std::move(record));
      ++known;
    });
    log.info(fmt::format("ledger file={} rows={} open-objects={} epoch={}", options.config.ledger.path.string(),
                         ledger->last_seq(), known, ledger->epoch()));
    start_writer();
    start_server();
    ticker = std::make_unique<asio::steady_timer>(io);
    spawn(tick());
  }

  /// Findings that stand are not begun again, and what earlier runs saw tells a slow driver from a stuck one.
  void recall_findings() {
    auto& diagnosis = pipeline->diagnosis();
    ledger->for_each_open_finding([&](const objects::Row& row) { diagnosis.restore(row); });
    ledger->for_each_record(true, [&](const objects::ObjectRecord& record) { diagnosis.recall(record); });
    ledger::Query newest;
    newest.newest = kRecalledRows;
    ledger->for_each_row(newest, [&](const objects::Row& row) { diagnosis.recall(row); });
  }

  void start_writer() {
    ledger::WriterOptions settings;
    settings.commit_delay = options.config.ledger.commit_delay;
    settings.max_queued_rows = options.config.ledger.max_queued_rows;
    settings.retention = options.config.ledger.retention;
    writer = std::make_unique<ledger::Writer>(
        std::move(*ledger), settings,
        [this](std::vector<objects::Row> rows) {
          asio::post(io, [this, committed = std::move(rows), at = wall_clock()] { on_committed(committed, at); });
        },
        [this](ledger::WriterHealth health) {
          if (health.failing) {
            log.error(fmt::format("ledger fails, rows wait in memory: {}", health.error));
          } else {
            log.info("ledger works again");
          }
        });
    ledger.reset();
  }

  void start_server() {
    views = std::make_unique<Views>(Views::Sources{*pipeline, *writer, options.cluster, options.version,
                                                   [this] { return server ? server->stats() : serving::HttpStats{}; }});
    ledger_reads = std::make_unique<LedgerReads>(io.get_executor(), options.config.ledger.path);
    metrics = std::make_unique<serving::Metrics>(
        serving::MetricsOptions{options.version, {}}, *views,
        [this](objects::Kind kind, const objects::Uid& uid) { return class_of(kind, uid); });
    serving::ObjectMetricsOptions object_options;
    object_options.enabled = options.config.object_metrics.enabled;
    object_options.namespaces = options.config.object_metrics.namespaces;
    object_options.max_objects = options.config.object_metrics.max_objects;
    serving::HttpOptions http;
    http.on_handler_error = [this](std::string_view path, std::string_view what) {
      log.error(fmt::format("http path={} failed: {}", path, what));
    };
    server = std::make_unique<serving::HttpServer>(
        io.get_executor(),
        serving::make_router({*metrics, *views, *views, object_options,
                              serving::ApiIdentity{options.version, options.cluster}, *ledger_reads, *views,
                              [this] { return views->health(); }}),
        http);
    server->listen({options.config.listen.host, options.config.listen.port});
    const std::string url = "http://" + server->local_endpoint().str();
    log.info(fmt::format("listening url={}", url));
    if (options.on_listening) options.on_listening(url);
  }

  std::string class_of(objects::Kind kind, const objects::Uid& uid) const {
    const auto& stores = pipeline->stores();
    if (kind == objects::Kind::VolumeSnapshot) {
      const auto* snapshot = stores.snapshots.find(uid);
      return snapshot ? snapshot->class_name.get() : std::string();
    }
    if (kind == objects::Kind::VolumeSnapshotContent) {
      const auto* content = stores.contents.find(uid);
      return content ? content->class_name.get() : std::string();
    }
    const auto* claim = stores.claims.find(uid);
    return claim ? claim->storage_class.get() : std::string();
  }

  /// Classes that exist have their series at 0 before anything happens to them.
  void tell_classes() {
    const auto& stores = pipeline->stores();
    std::set<std::string> drivers;
    stores.snapshot_classes.for_each([&](const objects::VolumeSnapshotClass& snapshot_class) {
      metrics->know_snapshot_class(snapshot_class.driver.get(), snapshot_class.meta.name);
      drivers.insert(snapshot_class.driver.get());
    });
    stores.storage_classes.for_each([&](const objects::StorageClass& storage_class) {
      if (drivers.contains(storage_class.provisioner.get())) {
        metrics->know_storage_class(storage_class.provisioner.get(), storage_class.meta.name);
      }
    });
  }

  void on_committed(const std::vector<objects::Row>& rows, Instant at) {
    for (const auto& row : rows) {
      metrics->recorded(row, at);
      log.info(row_text(row));
      if (options.on_row) options.on_row(row);
    }
  }

  void spawn(awaitable<void> task) {
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

  /// The pipeline's time: the wall's, and while a recording plays its own, which the wall's may be ahead of.
  Instant now() const {
    if (!playing) return wall_clock();
    const std::chrono::duration<double, std::milli> played = steady_clock::now() - playing->started;
    return playing->first + objects::Millis{static_cast<objects::Millis::rep>(played.count() * playing->speed)};
  }

  awaitable<void> tick() {
    boost::system::error_code stopped;
    while (!stop_by) {
      pipeline->advance(now());
      if (pipeline->gate().is_open()) tell_classes();
      ticker->expires_after(kTick);
      co_await ticker->async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    }
  }

  /// Lines play at their own distance, `speed` times as fast; the pipeline sees their shifted times.
  awaitable<void> play_all(double speed) {
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
  }

  void request_stop() {
    if (stop_by) return;
    stop_by = steady_clock::now() + options.config.shutdown_timeout;
    log.info("stopping");
    ticker->cancel();
    if (play_timer) play_timer->cancel();
    if (informer_set) informer_set->stop();
  }

  milliseconds time_left() const {
    const auto left = std::chrono::duration_cast<milliseconds>(*stop_by - steady_clock::now());
    return std::max(left, milliseconds{0});
  }

  /// Serves until a signal, and ends in the order of ARCHITECTURE.md: no more intake, the ledger drained, answers finished.
  std::size_t serve() {
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) request_stop();
    });
    while (!stop_by) io.run_one();
    const bool followed = informer_set != nullptr;
    while (followed && informers_running && time_left().count() > 0) io.run_one_for(time_left());
    lost_rows = writer->stop(std::max(time_left() - kServerPatience, milliseconds{0}));
    ledger_reads->stop();
    bool server_ended = false;
    asio::co_spawn(io, server->stop(kServerPatience), [&server_ended](std::exception_ptr) { server_ended = true; });
    while (!server_ended && time_left() + kServerPatience > milliseconds{0}) {
      if (io.run_one_for(kServerPatience) == 0) break;
    }
    if (lost_rows > 0) log.error(fmt::format("stopped with rows that the ledger did not take rows={}", lost_rows));
    log.info("stopped");
    return lost_rows;
  }

  bool informers_running = false;
};

Daemon::Daemon(DaemonOptions options, const Log& log) : impl_(std::make_unique<Impl>(std::move(options), log)) {}
Daemon::~Daemon() = default;

std::size_t Daemon::run(std::shared_ptr<const kube::ClusterConfig> cluster) {
  Impl& impl = *impl_;
  const auto targets = live_targets(impl.options.config);
  impl.start(targets);
  std::vector<informers::Followed> followed;
  for (const auto& target : targets) {
    std::optional<informers::Position> stored;
    for (const auto& position : impl.positions) {
      if (position.target == target.name) stored = informers::Position{position.resource_version, position.at};
    }
    followed.push_back({target, std::move(stored)});
  }
  informers::ReflectorOptions settings;
  settings.timings.absent_poll = impl.options.config.retry_absent;
  settings.log = [&impl](informers::LogLevel level, std::string_view message) {
    level == informers::LogLevel::Warning ? impl.log.warn(message) : impl.log.info(message);
  };
  impl.informer_set =
      std::make_unique<informers::InformerSet>(impl.io.get_executor(), std::move(cluster), std::move(followed),
                                               *impl.pipeline, std::random_device{}(), std::move(settings));
  impl.informers_running = true;
  asio::co_spawn(impl.io, impl.informer_set->run(), [&impl](std::exception_ptr failure) {
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

std::size_t Daemon::play(informers::RecordingReader reader, const informers::RecordingSummary& summary, double speed) {
  Impl& impl = *impl_;
  impl.start(recording_targets());
  const objects::Millis shift = shift_to(wall_clock(), summary, speed);
  impl.replayer = std::make_unique<Replayer>(std::move(reader), summary, *impl.pipeline, shift);
  impl.play_timer = std::make_unique<asio::steady_timer>(impl.io);
  impl.spawn(impl.play_all(speed));
  return impl.serve();
}

}  // namespace snaptrail::controller
