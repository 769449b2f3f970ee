#include <fmt/format.h>
#include <CLI/App.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/row_printer.hpp"
#include "controller/replayer.hpp"
#include "informers/merged_recording.hpp"
#include "informers/recording_files.hpp"

namespace snaptrail::cmd {
namespace {

/// Rows from which a table's columns are measured.
constexpr std::size_t kHold = 1'000;

struct ReplayOptions {
  std::vector<std::string> files;
  std::string speed = "max";
  bool same_cluster = false;
  OutputOptions output;
};

/// Prints rows as they are made, numbered as a ledger would number them.
class PrintingSink : public controller::PipelineSink {
 public:
  PrintingSink(RowPrinter& printer, std::int64_t& seq) : printer_(printer), seq_(seq) {}

  void record(ledger::Batch batch) override {
    for (auto& row : batch.rows) {
      row.seq = ++seq_;
      printer_.print(row);
    }
  }
  void availability_changed(const informers::Target&, informers::Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation&) override {}
  void gate_opened(objects::Instant) override {}

 private:
  RowPrinter& printer_;
  std::int64_t& seq_;
};

/// The factor of --speed; 0 stands for "max".
double speed_of(const std::string& text) {
  if (text == "max") return 0;
  try {
    std::size_t end = 0;
    const double speed = std::stod(text, &end);
    if (end == text.size() && speed > 0 && speed <= 1e6) return speed;
  } catch (const std::exception&) {
  }
  throw Failure(kUsage, fmt::format("--speed {}: give a factor above 0 (2 is twice as fast), or max", text));
}

void wait_between(std::optional<objects::Instant> before, objects::Instant next, double speed) {
  if (speed == 0 || !before || next <= *before) return;
  std::fflush(stdout);
  const std::chrono::duration<double, std::milli> pause(static_cast<double>((next - *before).count()) / speed);
  std::this_thread::sleep_for(pause);
}

controller::PipelineOptions settings_of(const informers::RecordingSummary& summary) {
  controller::PipelineOptions settings;
  settings.cluster = summary.header.cluster.empty() ? "recording" : summary.header.cluster;
  settings.targets = controller::recording_targets();
  settings.rows_of_first_list = true;
  return settings;
}

/// One cluster that is played: a recording, or several of the same cluster.
class Cluster {
 public:
  Cluster(const std::vector<std::filesystem::path>& files, PrintingSink& sink)
      : name_(files.front().string()),
        recording_(files),
        pipeline_(settings_of(recording_.summary()), sink),
        replayer_([this] { return recording_.next(); }, recording_.summary(), pipeline_) {}

  const std::string& name() const { return name_; }
  const std::string& cluster() const { return recording_.summary().header.cluster; }
  controller::Replayer& replayer() { return replayer_; }

 private:
  std::string name_;
  informers::MergedRecording recording_;
  controller::Pipeline pipeline_;
  controller::Replayer replayer_;
};

using Clusters = std::vector<std::unique_ptr<Cluster>>;

/// The cluster whose next line is the earliest; null at the end of all.
Cluster* earliest(const Clusters& clusters) {
  Cluster* first = nullptr;
  std::optional<objects::Instant> least;
  for (const auto& cluster : clusters) {
    const auto due = cluster->replayer().due();
    if (due && (!least || *due < *least)) {
      least = due;
      first = cluster.get();
    }
  }
  return first;
}

void warn_of_one_name(const Clusters& clusters) {
  std::set<std::string> names;
  for (const auto& cluster : clusters) {
    if (cluster->cluster().empty() || names.insert(cluster->cluster()).second) continue;
    fmt::print(stderr,
               "snaptrail: several recordings are of cluster {}, and each is played by itself; if they belong "
               "together: --same-cluster\n",
               cell_text(cluster->cluster()));
    return;
  }
}

void play(const Clusters& clusters, double speed) {
  std::optional<objects::Instant> before;
  while (Cluster* cluster = earliest(clusters)) {
    const auto due = *cluster->replayer().due();
    wait_between(before, due, speed);
    before = due;
    cluster->replayer().step();
  }
  for (const auto& cluster : clusters) {
    cluster->replayer().finish();
    if (cluster->replayer().skipped() == 0) continue;
    fmt::print(stderr, "{}: {} lines were left out: resources that snaptrail does not follow, or no watch event\n",
               cluster->name(), cluster->replayer().skipped());
  }
}

int replay(const ReplayOptions& options) {
  const double speed = speed_of(options.speed);
  RowPrinter printer(options.output, speed == 0 ? kHold : 0);
  std::int64_t seq = 0;
  PrintingSink sink(printer, seq);
  try {
    const auto files = informers::recording_files(options.files);
    Clusters clusters;
    if (options.same_cluster) {
      clusters.push_back(std::make_unique<Cluster>(files, sink));
    } else {
      for (const auto& file : files) clusters.push_back(std::make_unique<Cluster>(std::vector{file}, sink));
      warn_of_one_name(clusters);
    }
    play(clusters, speed);
    printer.finish();
  } catch (const informers::RecordingError& error) {
    throw Failure(kUsage, error.message);
  }
  return kFine;
}

}  // namespace

void add_replay(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<ReplayOptions>();
  auto* command = program.add_subcommand("replay", "Play recordings back and print the rows that they make");
  command
      ->add_option("FILE", options->files,
                   "Recordings (NDJSON, .gz read too), or folders of them, in the order of time")
      ->required()
      ->type_name("FILE");
  command->add_flag("--same-cluster", options->same_cluster,
                    "All of them are of one cluster: parts that follow each other, or of different resources");
  command->add_option("--speed", options->speed, "Factor of the recording's own time, or max")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &chosen] { chosen = [options] { return replay(*options); }; });
}

}  // namespace snaptrail::cmd
