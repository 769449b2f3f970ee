#include "controller/diagnoser.hpp"

#include <utility>

#include "controller/finding_detail.hpp"
#include "reconcilers/diagnosis/reason.hpp"

namespace snaptrail::controller {

using objects::FindingEvent;
using objects::Instant;
using objects::Kind;
using objects::Row;
using reconcilers::Finding;
using reconcilers::FindingChange;

namespace {

/// What the row of the object itself would say of how it hangs together.
template <class T>
void describe(Row& row, const objects::Held<T>& object, const reconcilers::Tracker& tracker) {
  if (!object) return;
  const auto relations = tracker.relations().of(*object);
  row.resource_version = object->meta.resource_version;
  row.chain = relations.chain;
  row.content = relations.content;
  row.claim_uid = relations.claim_uid;
  row.policy = relations.policy;
  if (!relations.driver.empty()) row.driver = relations.driver;
  row.snapshot_handle = relations.snapshot_handle;
  row.volume_handle = relations.volume_handle;
  if (!relations.initiator.type.empty()) row.initiator = relations.initiator;
}

FindingEvent event_of(FindingChange::What what) {
  switch (what) {
    case FindingChange::What::Began: return FindingEvent::Began;
    case FindingChange::What::Changed: return FindingEvent::Changed;
    case FindingChange::What::Ended: break;
  }
  return FindingEvent::Ended;
}

}  // namespace

Diagnoser::Diagnoser(const reconcilers::ClusterView& cluster, const reconcilers::Tracker& tracker,
                     const reconcilers::PointMemory& points, const reconcilers::Thresholds& thresholds)
    : cluster_(cluster),
      tracker_(tracker),
      clock_([](Kind, const objects::Uid&) { return std::string(); }),
      findings_(cluster, tracker, events_, trail_, points, thresholds) {}

void Diagnoser::restore(Row standing) {
  const auto reason = reconcilers::reason_of(standing.reason);
  if (reason && standing.kind && standing.finding && standing.finding->baseline) {
    findings_.restore_baseline({*standing.kind, standing.uid, standing.ns, standing.name}, *reason);
  }
  Key key = key_of(standing);
  standing_.insert_or_assign(std::move(key), std::move(standing));
}

void Diagnoser::recall(const Row& row) {
  trail_.recorded(row);
  for (const auto& duration : clock_.recorded(row).durations) trail_.measured(duration);
}

void Diagnoser::recorded(const Row& row) {
  recall(row);
  // Time alone moves states too: an orphan's content hasn't changed.
  if (open_ && row.type != objects::RowType::Finding) findings_.event_about(row.uid);
}

void Diagnoser::open(Instant at, bool first_start) {
  open_ = true;
  findings_.open(at, first_start);
}

void Diagnoser::event(const objects::Event& event) {
  if (events_.add(event) && open_) findings_.event_about(event.about.uid);
}

std::optional<Instant> Diagnoser::next() const {
  if (!open_) return std::nullopt;
  // The first look also tells what stands no longer, whether or not there is anything to look at.
  return looked_ ? findings_.next() : Instant{};
}

void Diagnoser::evaluate(Instant now, std::vector<Row>& rows) {
  for (const auto& change : findings_.evaluate(now)) {
    Row row = row_of(change);
    const Key key = key_of(row);
    if (change.what == FindingChange::What::Ended) {
      const auto told = told_.extract(key);
      if (told && !told.mapped().chain.empty() && row.chain.empty()) {
        // The object is gone: how it hung together is in the row of the beginning.
        Row end = told.mapped();
        end.at = row.at;
        end.finding = std::move(row.finding);
        row = std::move(end);
      }
    } else {
      told_.insert_or_assign(key, row);
      // An earlier run has told of it.
      if (const auto known = standing_.extract(key); known && change.what == FindingChange::What::Began) continue;
    }
    rows.push_back(std::move(row));
  }
  if (std::exchange(looked_, true)) return;
  // What stood when an earlier run ended, and no longer does.
  for (auto& [key, row] : std::exchange(standing_, {})) {
    row.at = now;
    row.late = true;
    row.finding->event = FindingEvent::Ended;
    rows.push_back(std::move(row));
  }
}

Row Diagnoser::row_of(const FindingChange& change) const {
  const Finding& finding = change.finding;
  Row row;
  row.type = objects::RowType::Finding;
  row.at = change.at;
  row.kind = finding.subject.kind;
  row.ns = finding.subject.ns;
  row.name = finding.subject.name;
  row.uid = finding.subject.uid;
  row.reason = to_string(finding.reason);
  row.driver = finding.driver;
  row.from = row.to = tracker_.state(row.uid);
  switch (finding.subject.kind) {
    case Kind::VolumeSnapshot: describe(row, cluster_.snapshot(row.uid), tracker_); break;
    case Kind::VolumeSnapshotContent: describe(row, cluster_.content(row.uid), tracker_); break;
    case Kind::PersistentVolumeClaim: describe(row, cluster_.claim(row.uid), tracker_); break;
    case Kind::PersistentVolume: describe(row, cluster_.volume(row.uid), tracker_); break;
    default: break;
  }
  row.finding = objects::FindingNote{event_of(change.what),
                                     std::string(to_string(finding.category)),
                                     std::string(to_string(finding.severity)),
                                     finding.since,
                                     finding.baseline,
                                     detail_of(finding)};
  return row;
}

}  // namespace snaptrail::controller
