#include <fmt/format.h>
#include <CLI/App.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/connection_flags.hpp"
#include "controller/recorder.hpp"
#include "controller/replayer.hpp"

namespace snaptrail::cmd {
namespace {

namespace asio = boost::asio;

struct RecordOptions {
  std::string file;
  kube::KubeconfigSource source;
  std::string kubeconfig;
  double seconds = 0;
  bool everything = false;
};

struct Running {
  std::unique_ptr<controller::Recorder> recorder;
  asio::cancellation_signal cancel;
};

int record(const RecordOptions& options) {
  kube::KubeconfigSource source = options.source;
  source.path = options.kubeconfig;
  auto found = kube::find_cluster_config(source);
  if (found.has_error()) throw Failure(kUsage, found.error().message);
  const auto config = std::make_shared<const kube::ClusterConfig>(std::move(found.value()));
  const controller::Log log(controller::Config::Log{});
  for (const std::string& warning : config->warnings) log.warn(warning);

  asio::io_context io{1};
  std::exception_ptr broken;
  std::uint64_t events = 0;
  std::uint64_t gaps = 0;
  try {
    informers::RecordingHeader header;
    header.cluster = config->cluster.empty() ? config->context : config->cluster;
    header.server = fmt::format("{}://{}:{}", config->scheme, config->host, config->port);
    header.started_at = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
    using Content = informers::RecordingWriter::Content;
    informers::RecordingWriter writer(options.file, header,
                                      options.everything ? Content::Everything : Content::Redacted);

    std::vector<std::unique_ptr<Running>> all;
    std::size_t running = 0;
    const auto stop = [&all] {
      for (auto& one : all) {
        one->recorder->stop();
        one->cancel.emit(asio::cancellation_type::terminal);
      }
    };
    asio::signal_set signals(io, SIGTERM, SIGINT);
    asio::steady_timer limit(io);
    for (auto& target : controller::recording_targets()) {
      auto one = std::make_unique<Running>();
      one->recorder = std::make_unique<controller::Recorder>(io.get_executor(), config, std::move(target), writer, log);
      ++running;
      asio::co_spawn(io, one->recorder->run(),
                     asio::bind_cancellation_slot(one->cancel.slot(), [&](std::exception_ptr failure) {
                       if (failure && !broken) broken = failure;
                       if (--running == 0 || failure) {
                         signals.cancel();
                         limit.cancel();
                         if (failure) stop();
                       }
                     }));
      all.push_back(std::move(one));
    }
    signals.async_wait([&](const boost::system::error_code& error, int) {
      if (error) return;
      limit.cancel();
      stop();
    });
    if (options.seconds > 0) {
      limit.expires_after(std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000)));
      limit.async_wait([&](const boost::system::error_code& error) {
        if (error) return;
        signals.cancel();
        stop();
      });
    }
    log.info(fmt::format("recording file={} server={}; end it with Ctrl-C", options.file, header.server));
    io.run();
    if (broken) std::rethrow_exception(broken);
    writer.close();
    for (const auto& one : all) {
      events += one->recorder->stats().events;
      gaps += one->recorder->stats().gaps;
    }
  } catch (const informers::RecordingError& error) {
    throw Failure(kUsage, error.message);
  }
  fmt::print(stderr, "{}: {} events, {} gaps. Play it back: snaptrail replay {}\n", options.file, events, gaps,
             options.file);
  return events > 0 ? kFine : kServer;
}

}  // namespace

void add_record(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<RecordOptions>();
  auto* command = program.add_subcommand("record", "Write the watch streams of a cluster to a file, for replay");
  command->add_option("FILE", options->file, "The new recording (never overwritten)")->required()->type_name("FILE");
  command->add_option("--kubeconfig", options->kubeconfig, "Kubeconfig (default: as kubectl finds it)");
  command->add_option("--context", options->source.context, "Context of the kubeconfig");
  add_connection_flags(*command, options->source.overrides);
  command->add_option("--seconds", options->seconds, "End after that many seconds (default: at Ctrl-C)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--everything", options->everything,
                    "Keep what is left out otherwise: managedFields' bodies, last-applied, secret references");
  command->callback([options, &chosen] { chosen = [options] { return record(*options); }; });
}

}  // namespace snaptrail::cmd
