#include <fmt/format.h>
#include <CLI/App.hpp>

#include <memory>
#include <thread>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/row_printer.hpp"
#include "controller/replayer.hpp"

namespace snaptrail::cmd {
namespace {

/// Rows from which a table's columns are measured.
constexpr std::size_t kHold = 1'000;

struct ReplayOptions {
  std::vector<std::string> files;
  std::string speed = "max";
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
  const std::chrono::duration<double, std::milli> pause((next - *before).count() / speed);
  std::this_thread::sleep_for(pause);
}

void replay_file(const std::string& file, const ReplayOptions& options, RowPrinter& printer, std::int64_t& seq) {
  const double speed = speed_of(options.speed);
  const auto summary = informers::scan_recording(informers::RecordingReader(file));
  PrintingSink sink(printer, seq);
  controller::PipelineOptions settings;
  settings.cluster = summary.header.cluster.empty() ? "recording" : summary.header.cluster;
  settings.targets = controller::recording_targets();
  settings.rows_of_first_list = true;
  controller::Pipeline pipeline(settings, sink);
  controller::Replayer replayer(informers::RecordingReader(file), summary, pipeline);
  std::optional<objects::Instant> before;
  while (const auto due = replayer.due()) {
    wait_between(before, *due, speed);
    before = due;
    replayer.step();
  }
  replayer.finish();
  printer.finish();
  if (replayer.skipped() > 0) {
    fmt::print(stderr, "{}: {} lines were left out: resources that snaptrail does not follow, or no watch event\n",
               file, replayer.skipped());
  }
}

int replay(const ReplayOptions& options) {
  RowPrinter printer(options.output, speed_of(options.speed) == 0 ? kHold : 0);
  std::int64_t seq = 0;
  try {
    for (const auto& file : options.files) replay_file(file, options, printer, seq);
  } catch (const informers::RecordingError& error) {
    throw Failure(kUsage, error.message);
  }
  return kFine;
}

}  // namespace

void add_replay(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<ReplayOptions>();
  auto* command = program.add_subcommand("replay", "Play recordings back and print the rows that they make");
  command->add_option("FILE", options->files, "Recording (NDJSON, .gz read too)")->required()->type_name("FILE");
  command->add_option("--speed", options->speed, "Factor of the recording's own time, or max")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &chosen] { chosen = [options] { return replay(*options); }; });
}

}  // namespace snaptrail::cmd
