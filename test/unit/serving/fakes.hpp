#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "serving/coverage_source.hpp"
#include "serving/object_metrics.hpp"
#include "serving/state_source.hpp"

/// Sources whose answers a test sets.
namespace snaptrail::serving::test {

inline objects::Instant at(std::int64_t millis) { return objects::Instant(objects::Millis(millis)); }

struct FakeState : StateSource {
  bool is_synced = true;
  std::vector<SnapshotGroup> snapshot_groups;
  std::vector<OldestUnready> oldest;
  std::vector<OrphanGroup> orphan_groups;
  std::vector<FindingGroup> finding_groups;
  std::vector<CoverageGroup> coverage_by_namespace;
  std::vector<InformerStats> informer_stats;
  ledger::WriterHealth ledger_health;
  std::int64_t epoch_now = 1;
  HttpStats http_stats;
  OptionStats option_stats;

  bool synced() const override { return is_synced; }
  SnapshotSummary snapshots() const override { return {snapshot_groups, oldest}; }
  std::vector<OrphanGroup> orphans() const override { return orphan_groups; }
  std::vector<FindingGroup> findings() const override { return finding_groups; }
  std::vector<CoverageGroup> coverage_groups() const override { return coverage_by_namespace; }
  std::vector<InformerStats> informers() const override { return informer_stats; }
  ledger::WriterHealth ledger() const override { return ledger_health; }
  std::int64_t epoch() const override { return epoch_now; }
  HttpStats http() const override { return http_stats; }
  OptionStats options() const override { return option_stats; }
};

struct FakeObjects : ObjectSource {
  std::vector<objects::VolumeSnapshot> snapshot_objects;
  std::vector<objects::VolumeSnapshotContent> content_objects;

  std::size_t snapshot_count() const override { return snapshot_objects.size(); }
  std::size_t content_count() const override { return content_objects.size(); }
  void for_each_snapshot(const std::function<void(const objects::VolumeSnapshot&)>& visit) const override {
    for (const auto& one : snapshot_objects) visit(one);
  }
  void for_each_content(const std::function<void(const objects::VolumeSnapshotContent&)>& visit) const override {
    for (const auto& one : content_objects) visit(one);
  }
};

struct FakeCoverage : CoverageSource {
  std::vector<reconcilers::ClaimCoverage> claims;
  reconcilers::RpoTargets configured;
  const std::vector<reconcilers::ClaimCoverage>& coverage() const override { return claims; }
  reconcilers::RpoTargets targets() const override { return configured; }
};

/// The lines of a text without their newlines.
inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  for (std::size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    lines.push_back(text.substr(start, end - start));
  }
  if (start < text.size()) lines.push_back(text.substr(start));
  return lines;
}

/// The value of a series in an exposition, written exactly as `series` (name and labels); empty where it is not there.
inline std::string value_of(const std::string& exposition, const std::string& series) {
  for (const std::string& line : lines_of(exposition)) {
    if (line.starts_with(series + " ")) return line.substr(series.size() + 1);
  }
  return {};
}

inline std::size_t count_prefix(const std::string& exposition, const std::string& prefix) {
  std::size_t count = 0;
  for (const std::string& line : lines_of(exposition)) count += line.starts_with(prefix) ? 1 : 0;
  return count;
}

}  // namespace snaptrail::serving::test
