#pragma once

#include <functional>
#include <map>
#include <string>

#include "controller/pipeline.hpp"
#include "ledger/writer.hpp"
#include "serving/endpoints.hpp"
#include "serving/state_source.hpp"

namespace snaptrail::controller {

/// What the HTTP server shows of the running daemon's memory: read from the pipeline at the moment of the request.
/// One strand, the pipeline's. All sources must outlive it.
class Views : public serving::StateSource, public serving::ObjectSource, public serving::CoverageSource {
 public:
  struct Sources {
    const Pipeline& pipeline;
    const ledger::Writer& writer;
    std::function<serving::HttpStats()> http;
    std::function<objects::Instant()> now;  ///< the pipeline's time
    std::function<serving::OptionStats()> options{};
    std::function<std::map<std::string, informers::StreamTraffic>()> traffic{};  ///< none: nothing is followed
  };
  explicit Views(Sources sources) : sources_(std::move(sources)) {}

  bool synced() const override { return sources_.pipeline.gate().is_open(); }
  serving::SnapshotSummary snapshots() const override;
  std::vector<serving::OrphanGroup> orphans() const override;
  std::vector<serving::FindingGroup> findings() const override;
  std::vector<serving::CoverageGroup> coverage_groups() const override;
  std::vector<serving::InformerStats> informers() const override;
  ledger::WriterHealth ledger() const override { return sources_.writer.health(); }
  std::int64_t epoch() const override { return sources_.pipeline.epoch(); }
  serving::HttpStats http() const override { return sources_.http ? sources_.http() : serving::HttpStats{}; }

  serving::OptionStats options() const override {
    return sources_.options ? sources_.options() : serving::OptionStats{};
  }

  std::size_t snapshot_count() const override { return sources_.pipeline.stores().snapshots.size(); }
  std::size_t content_count() const override { return sources_.pipeline.stores().contents.size(); }
  void for_each_snapshot(const std::function<void(const objects::VolumeSnapshot&)>& visit) const override {
    sources_.pipeline.stores().snapshots.for_each(visit);
  }
  void for_each_content(const std::function<void(const objects::VolumeSnapshotContent&)>& visit) const override {
    sources_.pipeline.stores().contents.for_each(visit);
  }

  /// Assessed at most once a second: it takes long where claims are many.
  const std::vector<reconcilers::ClaimCoverage>& coverage() const override;
  std::size_t claim_count() const override { return coverage_totals().claims; }
  reconcilers::RpoTargets targets() const override { return sources_.pipeline.rpo(); }
  serving::HealthView health() const;

 private:
  std::string driver_of(const objects::VolumeSnapshot& snapshot) const;
  objects::State state_of(const objects::Uid& uid) const;

  /// What a scrape tells of coverage.
  struct CoverageTotals {
    objects::MaybeInstant at;
    std::size_t claims = 0;
    std::vector<serving::CoverageGroup> groups;
  };
  const CoverageTotals& coverage_totals() const;

  Sources sources_;
  mutable CoverageTotals totals_;
  mutable objects::MaybeInstant assessed_at_;
  mutable std::vector<reconcilers::ClaimCoverage> assessed_;
};

}  // namespace snaptrail::controller
