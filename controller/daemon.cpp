#include "controller/daemon.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

#include "controller/follower.hpp"
#include "controller/ledger_reads.hpp"
#include "controller/optional_parts.hpp"
#include "controller/pipeline.hpp"
#include "controller/reload.hpp"
#include "controller/replayer.hpp"
#include "controller/row_text.hpp"
#include "controller/views.hpp"
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
/// Records of what was there before the start that wait for the ledger at most, a few megabytes.
constexpr std::size_t kRecordRoom = 3'000;
/// For answers under way at the end; scrapes take less.
constexpr milliseconds kServerPatience{1'000};

serving::ObjectMetricsOptions object_metrics_of(const Config& config) {
  serving::ObjectMetricsOptions options;
  options.enabled = config.object_metrics.enabled;
  options.namespaces = config.object_metrics.namespaces;
  options.max_objects = config.object_metrics.max_objects;
  return options;
}

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
  /// `again`: started over, so that whatever is wrong with the ledger now ends nothing.
  Impl(DaemonOptions opts, const Log& logger, bool again) : options(std::move(opts)), log(logger) {
    try {
      ledger.emplace(open_ledger());
    } catch (const ledger::Error& error) {
      if (!again && !ledger::is_of_the_disk(error.code())) throw;
      ledger_error = error.what();
    }
  }
  ledger::Ledger open_ledger() const { return {options.config.ledger.path, ledger::Ledger::Mode::ReadWrite}; }

  // Made in this order, ended in the reverse one.
  DaemonOptions options;
  const Log& log;
  asio::io_context io{1};
  asio::signal_set signals{io, SIGTERM, SIGINT};
  std::optional<ledger::Ledger> ledger;
  std::string ledger_error;  ///< why there is none
  std::vector<ledger::Position> positions;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<ledger::Writer> writer;
  std::unique_ptr<Views> views;
  std::unique_ptr<LedgerReads> ledger_reads;
  std::unique_ptr<serving::RowFeed> feed;
  std::unique_ptr<serving::Metrics> metrics;
  std::shared_ptr<const kube::ClusterConfig> cluster;  ///< null while a recording plays
  std::unique_ptr<OptionalParts> parts;
  std::unique_ptr<serving::HttpServer> server;
  std::unique_ptr<Reload> reload;
  std::unique_ptr<Follower> follower;
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
  bool start_over = false;  ///< the ledger can be opened and holds a trail
  bool signalled = false;
  std::string ledger_id;
  serving::StreamPlace first_place;  ///< the ledger's end at the start
  std::optional<std::string> next;

  // PipelineSink
  void record(ledger::Batch batch) override { writer->append(std::move(batch)); }
  void availability_changed(const informers::Target& target, informers::Availability availability,
                            std::string_view why) override {
    const bool fine = availability == informers::Availability::Synced;
    const std::string line = fmt::format("informer resource={} availability={}{}{}", informers::stream_text(target),
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
  bool has_room() const override { return writer->queued_records() < kRecordRoom; }
  void gate_opened(Instant) override {
    const auto& stores = pipeline->stores();
    log.info(fmt::format("synced: classification begins snapshots={} contents={} claims={} volumes={}",
                         stores.snapshots.size(), stores.contents.size(), stores.claims.size(), stores.volumes.size()));
    tell_classes();
  }

  void scope_changed(const Scope::Change& change) override {
    const Scope& scope = pipeline->scope();
    log.info(fmt::format("follows namespaces={} began={} ended={}", scope.namespaces().size(),
                         fmt::join(change.added, ","), fmt::join(change.removed, ",")));
    if (scope.namespaces().empty()) log.warn("no namespace matches watch.namespaceSelector: nothing is followed");
    if (follower) follower->scope_changed(change);
  }
  void namespaces_missing(const std::vector<std::string>& names) override {
    log.warn(fmt::format("namespaces of watch.namespaces that do not exist, looked for all the same: {}",
                         fmt::join(names, ", ")));
  }

  void start(std::vector<informers::Target> targets, Scope scope = {}) {
    PipelineOptions settings;
    settings.scope = std::move(scope);
    settings.cluster = options.cluster;
    if (ledger) settings.epoch = ledger->epoch();
    settings.targets = std::move(targets);
    settings.thresholds = options.config.diagnosis;
    settings.rpo = options.config.coverage.targets;
    if (ledger) positions = ledger->positions();
    settings.first_start = positions.empty();
    for (const auto& position : positions) settings.followed_before.insert(position.target);
    pipeline = std::make_unique<Pipeline>(std::move(settings), *this);
    if (ledger) take_up_ledger();
    start_writer();
    start_server();
    ticker = std::make_unique<asio::steady_timer>(io);
    spawn(tick());
  }

  void take_up_ledger() {
    recall_findings();
    std::size_t known = 0;
    ledger->for_each_open_record([&](objects::ObjectRecord record) {
      pipeline->restore(std::move(record));
      ++known;
    });
    ledger->for_each_operation({}, [&](const objects::Operation& operation) { pipeline->restore(operation); });
    log.info(fmt::format("ledger file={} rows={} open-objects={} epoch={}", options.config.ledger.path.string(),
                         ledger->last_seq(), known, ledger->epoch()));
    ledger_id = ledger->created_at();
    first_place = {ledger->last_seq(), ledger->last_event()};
  }

  /// Findings that stand are not begun again, and what earlier runs saw tells a slow driver from a stuck one.
  void recall_findings() {
    auto& diagnosis = pipeline->diagnosis();
    ledger->for_each_open_finding({}, [&](const objects::Row& row) { diagnosis.restore(row); });
    ledger->for_each_record(true, [&](const objects::ObjectRecord& record) {
      diagnosis.recall(record);
      pipeline->points().recorded(record);
    });
    ledger::Query newest;
    newest.newest = kRecalledRows;
    ledger->for_each_row(newest, [&](const objects::Row& row) {
      diagnosis.recall(row);
      if (row.gap) pipeline->points().gap(*row.gap);
    });
  }

  void start_writer() {
    ledger::WriterOptions settings;
    settings.commit_delay = options.config.ledger.commit_delay;
    settings.max_queued_rows = options.config.ledger.max_queued_rows;
    settings.retention = options.config.ledger.retention;
    settings.on_drained = [this] {
      asio::post(io, [this] {
        if (!stop_by) pipeline->advance(now());
      });
    };
    settings.on_events = [this](std::vector<objects::EventRecord> events) {
      asio::post(io, [this, committed = std::move(events)] { feed->append(committed); });
    };
    const ledger::Writer::Committed on_commit = [this](std::vector<objects::Row> rows) {
      asio::post(io, [this, committed = std::move(rows), at = wall_clock()] { on_committed(committed, at); });
    };
    const ledger::Writer::HealthChanged health_changed = [this](const ledger::WriterHealth& health) {
      if (health.failing) {
        log.error(fmt::format("ledger fails, rows wait in memory: {}", health.error));
      } else {
        log.info("ledger works again");
      }
    };
    if (ledger) {
      writer = std::make_unique<ledger::Writer>(std::move(*ledger), settings, on_commit, health_changed);
      ledger.reset();
      return;
    }
    log.error(fmt::format("going on without a ledger, rows wait in memory; it is tried again: {}", ledger_error));
    const auto on_trail = [this] { asio::post(io, [this] { take_up_trail(); }); };
    writer = std::make_unique<ledger::Writer>(
        ledger::Writer::Missing{[this] { return open_ledger(); }, ledger_error, on_trail}, settings, on_commit,
        health_changed);
  }

  /// What was seen without knowing the trail can't go on from it: the next start finds it again by its lists, as after any other stop.
  void take_up_trail() {
    if (stop_by) return;
    log.info("the ledger can be opened and holds an earlier trail: starting over, to go on from there");
    start_over = true;
    request_stop();
  }

  void start_server() {
    views = std::make_unique<Views>(
        Views::Sources{*pipeline, *writer, [this] { return server ? server->stats() : serving::HttpStats{}; },
                       [this] { return now(); }, [this] { return parts->stats(); }, [this] { return traffic(); }});
    parts = std::make_unique<OptionalParts>(io.get_executor(), log, options.config, cluster);
    ledger_reads = std::make_unique<LedgerReads>(io.get_executor(), options.config.ledger.path);
    feed = std::make_unique<serving::RowFeed>(*ledger_reads, ledger_id, first_place);
    metrics = std::make_unique<serving::Metrics>(
        serving::MetricsOptions{options.version, {}}, *views,
        [this](objects::Kind kind, const objects::Uid& uid) { return class_of(kind, uid); });
    metrics->config_reloaded(true, wall_clock());
    serving::HttpOptions http;
    parts->add_to(http);
    http.on_handler_error = [this](std::string_view path, std::string_view what) {
      log.error(fmt::format("http path={} failed: {}", path, what));
    };
    serving::Router router = serving::make_router(
        {*metrics,
         *views,
         *views,
         [this] { return object_metrics_of(options.config); },
         serving::ApiIdentity{options.version, options.cluster, ledger_id, options.show.has_value()},
         *ledger_reads,
         *feed,
         [this] { return views->health(); },
         *views,
         {options.config.coverage.claim_metrics, options.config.coverage.max_claims}});
    if (options.show) serving::add_demo(router, *options.show, [this](const std::string& name) { play_next(name); });
    server = std::make_unique<serving::HttpServer>(io.get_executor(), std::move(router), http);
    server->listen({options.config.listen.host, options.config.listen.port});
    options.config.listen.port = server->local_endpoint().port;  // should it start over
    const std::string url = (http.tls ? "https://" : "http://") + server->local_endpoint().str();
    log.info(fmt::format("listening url={}", url));
    if (options.on_listening) options.on_listening(url);
  }

  void start_reload() {
    reload = std::make_unique<Reload>(io.get_executor(), log);
    if (!options.config_file.empty()) {
      reload->follow_config(options.config_file, options.overrides, options.config,
                            {[this](const Config& config) { apply(config); },
                             [this](bool successful) { metrics->config_reloaded(successful, wall_clock()); }});
    }
    if (parts->tls()) {
      reload->follow_certificate(options.config.tls.cert_file, options.config.tls.key_file, parts->tls());
    }
    reload->start();
  }

  std::map<std::string, informers::StreamTraffic> traffic() const {
    return follower ? follower->traffic() : std::map<std::string, informers::StreamTraffic>{};
  }

  /// What may change while it runs (config_reload.hpp).
  void apply(const Config& config) {
    options.config = config;
    log.set_level(config.log.level);
    pipeline->set_thresholds(config.diagnosis, now());
  }

  std::string class_of(objects::Kind kind, const objects::Uid& uid) const {
    const auto& stores = pipeline->stores();
    if (kind == objects::Kind::VolumeSnapshot) {
      const auto snapshot = stores.snapshots.find(uid);
      return snapshot ? snapshot->class_name.get() : std::string();
    }
    if (kind == objects::Kind::VolumeSnapshotContent) {
      const auto content = stores.contents.find(uid);
      return content ? content->class_name.get() : std::string();
    }
    const auto claim = stores.claims.find(uid);
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

  /// Once what asked for it is answered.
  void play_next(const std::string& name) {
    next = name;
    asio::post(io, [this] { request_stop(); });
  }

  void on_committed(const std::vector<objects::Row>& rows, Instant at) {
    feed->append(rows);
    for (const auto& row : rows) {
      metrics->recorded(row, at);
      log.info(row_text(row));
      parts->recorded(row);
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
    if (stop_by || !options.show || options.show->pause.count() == 0) co_return;
    play_timer->expires_after(options.show->pause);
    co_await play_timer->async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    if (!stop_by) play_next(options.show->playing);
  }

  void request_stop() {
    if (stop_by) return;
    stop_by = steady_clock::now() + options.config.shutdown_timeout;
    log.info("stopping");
    ticker->cancel();
    if (play_timer) play_timer->cancel();
    if (follower) follower->stop();
    if (reload) reload->stop();
    parts->stop_events();
  }

  milliseconds time_left() const {
    const auto left = std::chrono::duration_cast<milliseconds>(*stop_by - steady_clock::now());
    return std::max(left, milliseconds{0});
  }

  /// Serves until a signal, and ends in the order of ARCHITECTURE.md: no more intake, the ledger drained, answers finished.
  std::size_t serve() {
    signals.async_wait([this](const boost::system::error_code& error, int) {
      signalled = !error;
      if (!error) request_stop();
    });
    while (!stop_by) io.run_one();
    const bool followed = follower != nullptr;
    while (followed && informers_running && time_left().count() > 0) io.run_one_for(time_left());
    lost_rows = writer->stop(std::max(time_left() - kServerPatience, milliseconds{0}));
    ledger_reads->stop();
    bool server_ended = false;
    asio::co_spawn(io, server->stop(kServerPatience), [&server_ended](std::exception_ptr) { server_ended = true; });
    while (!server_ended && time_left() + kServerPatience > milliseconds{0}) {
      if (io.run_one_for(kServerPatience) == 0) break;
    }
    if (lost_rows > 0 && !start_over)
      log.error(fmt::format("stopped with rows that the ledger did not take rows={}", lost_rows));
    log.info("stopped");
    return lost_rows;
  }

  bool informers_running = false;
};

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
