#include <fmt/format.h>
#include <CLI/App.hpp>

#include <filesystem>
#include <memory>

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

informers::RecordingReader open_recording(const DemoOptions& options) {
  if (!options.recording.empty()) return informers::RecordingReader(options.recording);
  return informers::RecordingReader("bundled recording", bundled_recording());
}

void welcome(const std::string& url, const std::string& ledger, bool bundled) {
  if (bundled) {
    print_line(
        "A real backup and restore by Velero, recorded from a real control plane, happens again now (about 45 s):\n"
        "a snapshot is taken, Velero deletes its objects, the namespace is lost, and the restore finds the data by its "
        "handle.\n");
  }
  print_line(
      fmt::format("  {}/          the state of every snapshot and restore\n"
                  "  {}/metrics   what Prometheus would scrape\n"
                  "  snaptrail status --daemon {}                what is there now\n"
                  "  snaptrail timeline --daemon {} --handle 5   the story of snapshot handle 5, backup to restore\n"
                  "  the ledger, until you press Ctrl-C: {}\n",
                  url, url, url, url, ledger));
  flush_output();
}

int demo(const DemoOptions& options) {
  const TemporaryFolder folder;
  controller::DaemonOptions daemon;
  try {
    controller::override_config(daemon.config, {{"listen", options.listen, "--listen"}, {"log.level", "warn", "demo"}});
  } catch (const controller::ConfigError& error) {
    throw Failure(kUsage, error.what());
  }
  daemon.config.ledger.path = folder.path() / "ledger.db";
  daemon.version = SNAPTRAIL_VERSION;
  OutputOptions output;
  output.output = "table";
  const auto printer = std::make_shared<RowPrinter>(output, 0);
  daemon.on_row = [printer](const objects::Row& row) {
    printer->print(row);
    flush_output();
  };
  const bool bundled = options.recording.empty();
  const std::string ledger = daemon.config.ledger.path.string();
  daemon.on_listening = [ledger, bundled](const std::string& url) { welcome(url, ledger, bundled); };
  const controller::Log log(daemon.config.log);
  try {
    const auto summary = informers::scan_recording(open_recording(options));
    daemon.cluster = summary.header.cluster.empty() ? "demo" : summary.header.cluster;
    controller::Daemon machine(std::move(daemon), log);
    machine.play(open_recording(options), summary, options.speed);
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
  command->add_option("--listen", options->listen, "Where status and metrics are served")->capture_default_str();
  command->add_option("--recording", options->recording, "Another recording than the bundled one");
  command->callback([options, &chosen] { chosen = [options] { return demo(*options); }; });
}

}  // namespace snaptrail::cmd
