// How a daemon's parts are made.

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "controller/daemon_impl.hpp"

namespace snaptrail::controller {
namespace {

/// Of earlier runs, for diagnosis: some days of a busy cluster, a fraction of a second to read.
constexpr std::size_t kRecalledRows = 50'000;

serving::ObjectMetricsOptions object_metrics_of(const Config& config) {
  serving::ObjectMetricsOptions options;
  options.enabled = config.object_metrics.enabled;
  options.namespaces = config.object_metrics.namespaces;
  options.max_objects = config.object_metrics.max_objects;
  return options;
}

}  // namespace

Daemon::Impl::Impl(DaemonOptions opts, const Log& logger, bool again) : options(std::move(opts)), log(logger) {
  try {
    ledger.emplace(open_ledger());
  } catch (const ledger::Error& error) {
    if (!again && !ledger::is_of_the_disk(error.code())) throw;
    ledger_error = error.what();
  }
}

ledger::Ledger Daemon::Impl::open_ledger() const {
  return {options.config.ledger.path, ledger::Ledger::Mode::ReadWrite};
}

void Daemon::Impl::start(std::vector<informers::Target> targets, Scope scope) {
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

void Daemon::Impl::take_up_ledger() {
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

void Daemon::Impl::recall_findings() {
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

void Daemon::Impl::start_writer() {
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

void Daemon::Impl::take_up_trail() {
  if (stop_by) return;
  log.info("the ledger can be opened and holds an earlier trail: starting over, to go on from there");
  start_over = true;
  request_stop();
}

void Daemon::Impl::start_server() {
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
  serving::Router router =
      serving::make_router({*metrics,
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

void Daemon::Impl::start_reload() {
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

void Daemon::Impl::apply(const Config& config) {
  options.config = config;
  log.set_level(config.log.level);
  pipeline->set_thresholds(config.diagnosis, now());
}

std::map<std::string, informers::StreamTraffic> Daemon::Impl::traffic() const {
  return follower ? follower->traffic() : std::map<std::string, informers::StreamTraffic>{};
}

}  // namespace snaptrail::controller
