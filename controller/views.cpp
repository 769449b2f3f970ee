#include "controller/views.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace snaptrail::controller {

using objects::State;

namespace {

/// So many claims are kept where only sums were asked for, since who scrapes asks for the claims next if they are not too many
/// (serving::CoverageMetricsOptions). More would take more memory than the objects themselves.
constexpr std::size_t kKeptClaims = 5'000;

bool is_fresh(objects::MaybeInstant at, objects::Instant now) {
  constexpr objects::Millis kFresh{1'000};
  return at && now >= *at && now - *at < kFresh;
}

}  // namespace

std::string Views::driver_of(const objects::VolumeSnapshot& snapshot) const {
  const auto& stores = sources_.pipeline.stores();
  const auto content = stores.contents.find("", snapshot.bound_content);
  if (content) return content->driver.get();
  const auto snapshot_class = stores.snapshot_classes.find("", snapshot.class_name.get());
  return snapshot_class ? snapshot_class->driver.get() : std::string();
}

State Views::state_of(const objects::Uid& uid) const {
  return sources_.pipeline.tracker().state(uid).value_or(State::Pending);
}

serving::SnapshotSummary Views::snapshots() const {
  std::map<std::tuple<std::string, std::string, State>, std::uint64_t> counts;
  std::map<std::pair<std::string, State>, objects::Instant> oldest;
  sources_.pipeline.stores().snapshots.for_each([&](const objects::VolumeSnapshot& snapshot) {
    const State state = state_of(snapshot.meta.uid);
    std::string driver = driver_of(snapshot);
    if (state != State::Ready && state != State::Deleting && snapshot.meta.created) {
      const auto [entry, inserted] = oldest.try_emplace({driver, state}, *snapshot.meta.created);
      if (!inserted) entry->second = std::min(entry->second, *snapshot.meta.created);
    }
    ++counts[{snapshot.meta.ns.get(), std::move(driver), state}];
  });
  serving::SnapshotSummary summary;
  for (const auto& [key, count] : counts) {
    const auto& [ns, driver, state] = key;
    summary.groups.push_back({ns, driver, state, count});
  }
  for (const auto& [key, created] : oldest) summary.oldest_unready.push_back({key.first, key.second, created});
  return summary;
}

std::vector<serving::OrphanGroup> Views::orphans() const {
  const objects::Instant now = sources_.now();
  serving::OrphanTally tally;
  sources_.pipeline.stores().contents.for_each([&](const objects::VolumeSnapshotContent& content) {
    if (state_of(content.meta.uid) != State::Orphaned) return;
    const objects::MaybeInstant made = content.cut ? content.cut : content.meta.created;
    tally.add(content.driver.get(), content.policy, made ? now - *made : objects::Millis{0}, content.restore_size);
  });
  return tally.groups();
}

std::vector<serving::FindingGroup> Views::findings() const {
  using Key = std::tuple<objects::Kind, std::string, std::string, reconcilers::Reason, reconcilers::Category, bool>;
  std::map<Key, std::uint64_t> counts;
  for (const auto* finding : sources_.pipeline.findings().all()) {
    if (finding->consequence) continue;
    ++counts[{finding->subject.kind, finding->subject.ns, finding->driver, finding->reason, finding->category,
              finding->baseline}];
  }
  std::vector<serving::FindingGroup> groups;
  for (const auto& [key, count] : counts) {
    const auto& [kind, ns, driver, reason, category, baseline] = key;
    groups.push_back({kind, ns, driver, reason, category, baseline, count});
  }
  return groups;
}

std::vector<serving::CoverageGroup> Views::coverage_groups() const { return coverage_totals().groups; }

const Views::CoverageTotals& Views::coverage_totals() const {
  const objects::Instant now = sources_.now();
  if (is_fresh(totals_.at, now)) return totals_;
  totals_ = {};
  assessed_at_ = {};
  std::exchange(assessed_, {});
  std::map<std::string, serving::CoverageGroup> groups;
  sources_.pipeline.for_each_coverage(now, [&](reconcilers::ClaimCoverage claim) {
    serving::CoverageGroup& group = groups.try_emplace(claim.ns, serving::CoverageGroup{claim.ns, 0, 0}).first->second;
    group.violations += is_violation(claim.status) ? 1 : 0;
    group.skipped += claim.skipped ? 1 : 0;
    if (++totals_.claims <= kKeptClaims) assessed_.push_back(std::move(claim));
  });
  for (auto& [ns, group] : groups) totals_.groups.push_back(std::move(group));
  // Before the gate is open there is nothing, and afterwards that must not last.
  if (synced()) totals_.at = now;
  if (totals_.claims > kKeptClaims) {
    std::exchange(assessed_, {});
  } else {
    std::ranges::sort(assessed_, reconcilers::by_name);
    assessed_at_ = totals_.at;
  }
  return totals_;
}

const std::vector<reconcilers::ClaimCoverage>& Views::coverage() const {
  const objects::Instant now = sources_.now();
  if (!is_fresh(assessed_at_, now)) {
    assessed_ = sources_.pipeline.coverage(now);
    assessed_at_ = synced() ? objects::MaybeInstant(now) : objects::MaybeInstant();
  }
  return assessed_;
}

std::vector<serving::InformerStats> Views::informers() const {
  std::vector<serving::InformerStats> result;
  const auto streams = sources_.traffic ? sources_.traffic() : std::map<std::string, informers::StreamTraffic>{};
  for (const auto& entry : sources_.pipeline.gate().entries()) {
    const Traffic traffic = sources_.pipeline.traffic(entry.target.name);
    serving::InformerStats stats;
    stats.name = entry.target.name;
    stats.availability = entry.availability;
    stats.objects = sources_.pipeline.stores().size(entry.target.kind);
    stats.added = traffic.events[0];
    stats.modified = traffic.events[1];
    stats.deleted = traffic.events[2];
    stats.bookmarks = traffic.bookmarks;
    stats.last_receive = traffic.last;
    if (const auto found = streams.find(stats.name); found != streams.end()) stats.traffic = found->second;
    result.push_back(std::move(stats));
  }
  return result;
}

serving::HealthView Views::health() const {
  serving::HealthView view;
  view.gate_open = sources_.pipeline.gate().is_open();
  view.ledger = sources_.writer.health();
  for (const auto& entry : sources_.pipeline.gate().entries()) {
    view.targets.push_back({entry.target.name, entry.availability, entry.why});
  }
  return view;
}

}  // namespace snaptrail::controller
