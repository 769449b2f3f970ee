#include <fmt/format.h>
#include <CLI/App.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "cmd/snaptrail/bundled_recording.hpp"
#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/row_printer.hpp"
#include "controller/daemon.hpp"
#include "ledger/ledger.hpp"
#include "serving/listen_address.hpp"

namespace snaptrail::cmd {
namespace {

struct DemoOptions {
  double speed = 1;
  double pause = 15;
  bool once = false;
  std::string listen = "127.0.0.1:8080";
  std::string recording;
};

/// A folder for the demo's ledger that goes with the demo.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "snaptrail-demo-XXXXXX").string();
    if (!mkdtemp(name.data())) throw Failure(kUsage, fmt::format("{} can't be made: is the disk full?", name));
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What is played: one of the bundled recordings, or a file.
const BundledRecording* bundled_named(std::string_view name) {
  const auto all = bundled_recordings();
  const auto found = std::ranges::find(all, name, &BundledRecording::name);
  return found == all.end() ? nullptr : &*found;
}

informers::RecordingReader open_recording(const DemoOptions& options, const BundledRecording* bundled) {
  if (bundled == nullptr) return informers::RecordingReader(options.recording);
  return informers::RecordingReader("bundled recording", bundled->bytes);
}

std::chrono::seconds length_of(const BundledRecording& recording, double speed) {
  const auto summary = informers::scan_recording(informers::RecordingReader("bundled recording", recording.bytes));
  if (!summary.first || !summary.last) return {};
  const double seconds = static_cast<double>((*summary.last - *summary.first).count()) / 1000 / recording.pace / speed;
  return std::chrono::seconds{static_cast<long long>(seconds) + 1};
}

serving::DemoShow show_of(const DemoOptions& options) {
  serving::DemoShow show;
  for (const auto& one : bundled_recordings()) {
    show.recordings.push_back(
        {std::string(one.name), std::string(one.title), std::string(one.text), length_of(one, options.speed)});
  }
  if (!options.once) show.pause = std::chrono::milliseconds{static_cast<long long>(options.pause * 1000)};
  return show;
}

void welcome(const std::string& url, const std::string& ledger, bool bundled) {
  if (bundled) {
    print_line(
        "A real backup and restore by Velero, recorded from a real control plane, happens again now (about 45 s):\n"
        "a snapshot is taken, Velero deletes its objects, the namespace is lost, and the restore finds the data by its "
        "handle. After a pause it begins anew; the page has more recordings.\n");
  }
  print_line(
      fmt::format("  {}/          the page: every snapshot and restore, as it happens\n"
                  "  {}/metrics   what Prometheus would scrape\n"
                  "  snaptrail status --daemon {}                what is there now\n"
                  "  snaptrail timeline --daemon {} --handle 5   the story of snapshot handle 5, backup to restore\n"
                  "  the ledger, until you press Ctrl-C: {}\n",
                  url, url, url, url, ledger));
  flush_output();
}

/// What all plays of one demo share.
struct Stage {
  DemoOptions options;
  std::optional<serving::DemoShow> show;
  std::string address;  ///< the one that the first play got, for all further ones
  bool welcomed = false;
};

/// Plays one recording, with a ledger of its own. Gives the name of the next one; nullopt after a signal.
std::optional<std::string> play(Stage& stage, const std::string& name) {
  const BundledRecording* bundled = stage.show ? bundled_named(name) : nullptr;
  const TemporaryFolder folder;
  controller::DaemonOptions daemon;
  controller::override_config(daemon.config, {{"listen", stage.address, "--listen"}, {"log.level", "warn", "demo"}});
  daemon.config.ledger.path = folder.path() / "ledger.db";
  daemon.version = SNAPTRAIL_VERSION;
  OutputOptions output;
  output.output = "table";
  const auto printer = std::make_shared<RowPrinter>(output, 0);
  daemon.on_row = [printer](const objects::Row& row) {
    printer->print(row);
    flush_output();
  };
  const std::string ledger = daemon.config.ledger.path.string();
  daemon.on_listening = [&stage, ledger, bundled](const std::string& url) {
    stage.address = url.substr(std::string_view("http://").size());
    if (std::exchange(stage.welcomed, true)) {
      print_line(fmt::format("\n{}, with a new ledger: {}\n", bundled ? bundled->title : "Again", ledger));
    } else {
      welcome(url, ledger, bundled != nullptr);
    }
  };
  daemon.show = stage.show;
  if (daemon.show) daemon.show->playing = name;
  const controller::Log log(daemon.config.log);
  const auto summary = informers::scan_recording(open_recording(stage.options, bundled));
  daemon.cluster = summary.header.cluster.empty() ? "demo" : summary.header.cluster;
  const double speed = stage.options.speed * (bundled ? bundled->pace : 1);
  controller::Daemon machine(std::move(daemon), log);
  return machine.play(open_recording(stage.options, bundled), summary, speed).next;
}

int demo(const DemoOptions& options) {
  Stage stage;
  stage.options = options;
  stage.address = options.listen;
  try {
    if (options.recording.empty()) stage.show = show_of(options);
    std::optional<std::string> name(bundled_recordings().front().name);
    while (name) name = play(stage, *name);
  } catch (const controller::ConfigError& error) {
    throw Failure(kUsage, error.what());
  } catch (const informers::RecordingError& error) {
    throw Failure(kUsage, error.message);
  } catch (const ledger::Error& error) {
    throw Failure(kUsage, error.what());
  } catch (const serving::ServeError& error) {
    throw Failure(kUsage, fmt::format("{}\nAnother place: snaptrail demo --listen 127.0.0.1:0", error.what()));
  }
  return kFine;
}

}  // namespace

void add_demo(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<DemoOptions>();
  auto* command = program.add_subcommand("demo", "The daemon over a bundled recording: no cluster needed");
  command->add_option("--speed", options->speed, "How many times as fast as it really was")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 1000.0));
  command->add_option("--listen", options->listen, "Where the page and metrics are served")->capture_default_str();
  command->add_option("--pause", options->pause, "Seconds between the end and the next beginning")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  command->add_flag("--once", options->once, "Play once, and go on serving");
  command->add_option("--recording", options->recording, "Another recording than the bundled ones; it plays once");
  command->callback([options, &chosen] { chosen = [options] { return demo(*options); }; });
}

}  // namespace snaptrail::cmd
