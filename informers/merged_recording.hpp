#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "informers/recording.hpp"

namespace snaptrail::informers {

/// Several recordings of one cluster as one, in the order of time: parts that follow each other, or recordings of different resources at
/// the same time. Where a recording begins with a resource's list and an earlier one had that resource already, nothing is known of
/// the time between: a gap (restarted) comes before the list.
///
/// Refused are recordings whose headers name different clusters, and those that hold the same resource at the same time: which of
/// two lists is the whole one can't be known. One thread.
class MergedRecording {
 public:
  /// Reads and checks all of them. Throws RecordingError.
  explicit MergedRecording(const std::vector<std::filesystem::path>& files);
  ~MergedRecording();

  const RecordingSummary& summary() const;
  /// As RecordingReader::next().
  std::optional<RecordedLine> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::informers
