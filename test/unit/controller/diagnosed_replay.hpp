#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "controller/replayer.hpp"

/// A recording played through the pipeline, as `replay` plays it, and the findings that came and went.
namespace snaptrail::test {

class DiagnosedReplay : private controller::PipelineSink {
 public:
  explicit DiagnosedReplay(const std::filesystem::path& file) : pipeline_(options(), *this) {
    const auto summary = informers::scan_recording(informers::RecordingReader(file));
    first_ = *summary.first;
    controller::Replayer replayer(informers::RecordingReader(file), summary, pipeline_);
    while (replayer.due()) replayer.step();
    replayer.finish();
  }

  /// A finding from its beginning to its end, in seconds from the first line.
  struct Story {
    std::string subject;  ///< `VolumeSnapshot shop/db`
    std::string reason;
    double began = 0;
    double ended = -1;             ///< -1: it stands at the end
    reconcilers::Finding finding;  ///< as it was told last while it stood
  };
  const std::vector<Story>& stories() const { return stories_; }
  std::size_t standing() const { return pipeline_.findings().size(); }

  const Story* find(const std::string& subject, const std::string& reason) const {
    const auto found = std::ranges::find_if(
        stories_, [&](const Story& story) { return story.subject == subject && story.reason == reason; });
    return found == stories_.end() ? nullptr : &*found;
  }

 private:
  static controller::PipelineOptions options() {
    controller::PipelineOptions options;
    options.cluster = "recording";
    options.targets = controller::recording_targets();
    options.rows_of_first_list = true;
    return options;
  }

  void record(ledger::Batch batch) override {
    for (const auto& row : batch.rows) {
      if (row.type == objects::RowType::Finding) note(row);
    }
  }
  void availability_changed(const informers::Target&, informers::Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation&) override {}
  void gate_opened(objects::Instant) override {}

  void note(const objects::Row& row) {
    const double at = std::chrono::duration<double>(row.at - first_).count();
    const std::string name = row.ns.empty() ? row.name : row.ns + "/" + row.name;
    const std::string subject = std::string(to_string(*row.kind)) + " " + name;
    if (row.finding->event == objects::FindingEvent::Began) stories_.push_back({subject, row.reason, at, -1, {}});
    const auto story = std::ranges::find_if(stories_, [&](const Story& known) {
      return known.ended < 0 && known.subject == subject && known.reason == row.reason;
    });
    if (story == stories_.end()) return;
    if (row.finding->event == objects::FindingEvent::Ended) story->ended = at;
    for (const auto* finding : pipeline_.findings().of(row.uid)) {
      if (to_string(finding->reason) == row.reason) story->finding = *finding;
    }
  }

  controller::Pipeline pipeline_;
  objects::Instant first_;
  std::vector<Story> stories_;
};

}  // namespace snaptrail::test
