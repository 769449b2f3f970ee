#include <fmt/format.h>
#include <CLI/App.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <utility>

#include "cmd/snaptrail/byte_size.hpp"
#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/connection.hpp"
#include "controller/config_value.hpp"
#include "controller/recorder.hpp"
#include "controller/replayer.hpp"
#include "informers/recording_repair.hpp"

namespace snaptrail::cmd {
namespace {

namespace asio = boost::asio;
using informers::RecordingWriter;

struct RecordOptions {
  std::string file;
  ConnectionOptions connection;
  std::vector<std::string> namespaces;
  std::string duration;
  std::string max_size;
  bool resume = false;
  bool everything = false;
};

objects::Instant wall_clock() { return std::chrono::floor<objects::Millis>(std::chrono::system_clock::now()); }

std::chrono::milliseconds duration_of(const RecordOptions& options) {
  if (options.duration.empty()) return {};
  try {
    return controller::parse_duration(options.duration);
  } catch (const controller::ValueError& wrong) {
    throw Failure(kUsage, fmt::format("--duration: {}", wrong.what()));
  }
}

informers::RecordingHeader header_of(const kube::ClusterConfig& config) {
  informers::RecordingHeader header;
  header.cluster = config.cluster.empty() ? config.context : config.cluster;
  header.server = server_url(config);
  header.started_at = wall_clock();
  return header;
}

/// Opens the interrupted recording, and says in it that nothing was seen meanwhile.
std::unique_ptr<RecordingWriter> go_on(const RecordOptions& options, const informers::RecordingHeader& header,
                                       RecordingWriter::Content content) {
  const auto before = informers::mend_recording(options.file);
  if (!before.header.cluster.empty() && before.header.cluster != header.cluster) {
    throw Failure(kUsage,
                  fmt::format("{} is a recording of cluster {}, and this is {}: choose the context, or another file",
                              options.file, before.header.cluster, header.cluster));
  }
  const auto now = wall_clock();
  if (before.last && *before.last > now) {
    throw Failure(kUsage, fmt::format("{} ends at {}, which is yet to come: this machine's clock was set back",
                                      options.file, objects::format_rfc3339(*before.last)));
  }
  auto writer = std::make_unique<RecordingWriter>(RecordingWriter::Resume{}, options.file, content);
  for (const auto& target : controller::recording_targets()) {
    const bool was_watched = before.spans[static_cast<std::size_t>(target.kind)].first && target.poll.count() == 0;
    if (was_watched) {
      writer->gap(now, objects::resource_of(target.kind).plural, objects::GapCause::Restarted);
    }
  }
  writer->flush();
  return writer;
}

/// All the recorders of one recording, until a signal or one of the limits.
class Recording {
 public:
  Recording(const RecordOptions& options, RecordingWriter& writer)
      : writer_(writer), max_bytes_(options.max_size.empty() ? 0 : parse_byte_size(options.max_size, "--max-size")) {
    settings_.namespaces = options.namespaces;
    settings_.on_written = [this] {
      if (max_bytes_ > 0 && writer_.bytes() >= max_bytes_ && !std::exchange(full_, true)) stop();
    };
  }

  /// Throws informers::RecordingError.
  void run(const std::shared_ptr<const kube::ClusterConfig>& config, std::chrono::milliseconds duration) {
    for (auto& target : controller::recording_targets()) {
      auto one = std::make_unique<Running>();
      one->recorder = std::make_unique<controller::Recorder>(io_.get_executor(), config, std::move(target), writer_,
                                                             log_, settings_);
      all_.push_back(std::move(one));
    }
    running_ = all_.size();
    for (auto& one : all_) {
      asio::co_spawn(io_, one->recorder->run(),
                     asio::bind_cancellation_slot(one->cancel.slot(), [this](std::exception_ptr failure) {
                       if (failure && !broken_) broken_ = std::move(failure);
                       if (broken_) stop();
                       if (--running_ == 0) stop();
                     }));
    }
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) stop();
    });
    if (duration.count() > 0) {
      limit_.expires_after(duration);
      limit_.async_wait([this](const boost::system::error_code& error) {
        if (!error) stop();
      });
    }
    io_.run();
    if (broken_) std::rethrow_exception(broken_);
  }

  const controller::Log& log() const { return log_; }
  bool full() const { return full_; }
  controller::RecorderStats total() const {
    controller::RecorderStats sum;
    for (const auto& one : all_) {
      sum.events += one->recorder->stats().events;
      sum.lists += one->recorder->stats().lists;
      sum.gaps += one->recorder->stats().gaps;
    }
    return sum;
  }

 private:
  struct Running {
    std::unique_ptr<controller::Recorder> recorder;
    asio::cancellation_signal cancel;
  };

  void stop() {
    signals_.cancel();
    limit_.cancel();
    // Later: a recorder that has just written may be the one that tells us to stop.
    asio::post(io_, [this] {
      for (auto& one : all_) {
        one->recorder->stop();
        one->cancel.emit(asio::cancellation_type::terminal);
      }
    });
  }

  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGTERM, SIGINT};
  asio::steady_timer limit_{io_};
  RecordingWriter& writer_;
  const controller::Log log_{controller::Config::Log{}};
  std::uint64_t max_bytes_;
  bool full_ = false;
  controller::RecorderOptions settings_;
  std::vector<std::unique_ptr<Running>> all_;
  std::size_t running_ = 0;
  std::exception_ptr broken_;
};

int record(const RecordOptions& options) {
  const auto duration = duration_of(options);
  const auto config = load_connection(options.connection);
  const auto header = header_of(*config);
  const auto content = options.everything ? RecordingWriter::Content::Everything : RecordingWriter::Content::Redacted;
  controller::RecorderStats total;
  bool full = false;
  try {
    const auto writer = options.resume ? go_on(options, header, content)
                                       : std::make_unique<RecordingWriter>(options.file, header, content);
    Recording recording(options, *writer);
    recording.log().info(fmt::format("recording file={} server={}; end it with Ctrl-C", options.file, header.server));
    recording.run(config, duration);
    writer->close();
    total = recording.total();
    full = recording.full();
    if (full) fmt::print(stderr, "{}: --max-size {} is reached\n", options.file, options.max_size);
  } catch (const informers::RecordingError& error) {
    throw Failure(kUsage, error.message);
  }
  fmt::print(stderr, "{}: {} events, {} gaps. Play it back: snaptrail replay {}\n", options.file, total.events,
             total.gaps, options.file);
  const bool saw_the_server = total.events > 0 || total.lists > 0;  // a cluster may hold nothing of what is recorded
  return saw_the_server || full ? kFine : kServer;
}

}  // namespace

void add_record(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<RecordOptions>();
  auto* command = program.add_subcommand("record", "Write the watch streams of a cluster to a file, for replay");
  command
      ->add_option("FILE", options->file,
                   "The new recording; compressed if its name ends in .gz. A file that exists is never overwritten")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("-n,--namespace", options->namespaces,
                   "Only what is in this namespace or belongs to it; may be given several times (default: all)")
      ->type_name("NAMESPACE")
      ->expected(1)
      ->take_all();
  command->add_option("--duration", options->duration, "End after that time, e.g. 90s, 2h (default: at Ctrl-C)")
      ->type_name("TIME");
  command->add_option("--max-size", options->max_size, "End when the file has that size, e.g. 500MB, 2GiB")
      ->type_name("SIZE");
  command->add_flag("--resume", options->resume,
                    "Go on with a recording that was interrupted; the time between is a gap");
  command->add_flag(
      "--everything", options->everything,
      "Keep what is left out otherwise: managedFields' bodies, last-applied and other annotations, secret "
      "references");
  add_connection_options(*command, options->connection);
  command->callback([options, &chosen] { chosen = [options] { return record(*options); }; });
}

}  // namespace snaptrail::cmd
