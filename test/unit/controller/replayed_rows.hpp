#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "controller/pipeline.hpp"
#include "controller/replayer.hpp"
#include "informers/recording.hpp"

#include "test_data_path.hpp"

namespace snaptrail::controller::test {

/// Keeps what the pipeline would commit.
struct Trail : PipelineSink {
  void record(ledger::Batch batch) override {
    for (auto& row : batch.rows) {
      row.seq = static_cast<std::int64_t>(rows.size()) + 1;
      rows.push_back(std::move(row));
    }
    for (auto& record : batch.records) records.push_back(std::move(record));
    for (auto& operation : batch.operations) {
      std::erase_if(operations, [&](const objects::Operation& known) { return known.uid == operation.uid; });
      operations.push_back(std::move(operation));
    }
  }
  void availability_changed(const informers::Target& target, informers::Availability availability,
                            std::string_view) override {
    if (availability == informers::Availability::Absent) absent.push_back(target.name);
  }
  void operation_finished(const FinishedOperation&) override {}
  void gate_opened(objects::Instant) override {}

  std::vector<objects::Row> rows;
  std::vector<objects::ObjectRecord> records;  ///< each as often as it was written
  std::vector<objects::Operation> operations;  ///< each as it was last
  std::vector<std::string> absent;
};

/// What a recording of test/data/recordings makes.
inline Trail replayed(std::string_view name) {
  const auto path = std::filesystem::path(SNAPTRAIL_TEST_DATA) / "recordings" / name;
  const auto summary = informers::scan_recording(informers::RecordingReader(path));
  Trail trail;
  PipelineOptions options;
  options.cluster = "recording";
  options.targets = recording_targets();
  options.rows_of_first_list = true;
  Pipeline pipeline(options, trail);
  Replayer replayer(informers::RecordingReader(path), summary, pipeline);
  while (replayer.due()) replayer.step();
  return trail;
}

}  // namespace snaptrail::controller::test
