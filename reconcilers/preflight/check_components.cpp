#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "reconcilers/diagnosis/fix.hpp"
#include "reconcilers/preflight/report.hpp"

/// Whether snapshot-controller and sidecars are alive, by their Leases and by what they leave undone.
namespace snaptrail::reconcilers::preflight {
namespace {

using objects::Instant;
using objects::Lease;
using objects::Millis;
using objects::Ready;
using objects::VolumeSnapshot;
using objects::VolumeSnapshotContent;

constexpr std::string_view kControllerLease = "snapshot-controller-leader";
constexpr std::string_view kSidecarLease = "external-snapshotter-leader-";
/// A holder that misses this many renewals in a row is gone; leaders renew several times within a Lease's duration.
constexpr int kMissedDurations = 3;
constexpr Millis kLeastFresh{60'000};
/// The defaults of Phase::Binding and Phase::Calling, with room for a burst.
constexpr Millis kUnanswered{2 * 60'000};

/// The moment by the clock of those who renew Leases: the newest renewal of another Lease, as long as that is near our
/// own. Our clock may be minutes off theirs, and then every Lease would look abandoned.
Instant lease_clock(const Facts& facts, std::string_view judged) {
  constexpr Millis kNear{15 * 60'000};
  std::optional<Instant> newest;
  for (const Lease& lease : facts.leases.items) {
    if (!lease.renewed || lease.meta.name == judged) continue;
    if (!newest || *lease.renewed > *newest) newest = *lease.renewed;
  }
  const bool usable = newest && *newest - facts.now < kNear && facts.now - *newest < kNear;
  return usable ? *newest : facts.now;
}

bool is_fresh(const Lease& lease, Instant now) {
  if (lease.holder.empty() || !lease.renewed) return false;
  // A duration is whatever somebody wrote: only sensible ones count.
  const std::int64_t seconds = std::clamp<std::int64_t>(lease.duration_seconds, 0, 3600);
  return now - *lease.renewed <= std::max(kLeastFresh, kMissedDurations * Millis{seconds * 1000});
}

struct Leases {
  std::vector<const Lease*> fresh;
  std::vector<const Lease*> stale;
};

Leases leases_named(const Facts& facts, std::string_view name) {
  Leases found;
  const Instant now = lease_clock(facts, name);
  for (const Lease& lease : facts.leases.items) {
    if (lease.meta.name != name) continue;
    (is_fresh(lease, now) ? found.fresh : found.stale).push_back(&lease);
  }
  return found;
}

std::string lease_text(const Lease& lease) {
  return fmt::format("Lease {}: holder {}, renewed {}", object_name(lease.meta),
                     lease.holder.empty() ? "none" : lease.holder,
                     lease.renewed ? objects::format_rfc3339(*lease.renewed) : "never");
}

void add_leases(Check& check, const Leases& leases) {
  for (const Lease* lease : leases.fresh) check.evidence.push_back(lease_text(*lease));
  for (const Lease* lease : leases.stale) check.evidence.push_back(lease_text(*lease));
}

/// Snapshots on which no controller has set a hand.
std::vector<std::string> untouched(const Facts& facts) {
  std::vector<std::string> names;
  for (const VolumeSnapshot& snapshot : facts.snapshots.items) {
    const bool is_waiting = !snapshot.meta.deleted && snapshot.ready == Ready::Nil && !snapshot.error.present &&
                            snapshot.bound_content.empty() && snapshot.meta.finalizers.empty();
    if (is_waiting && snapshot.meta.created && facts.now - *snapshot.meta.created > kUnanswered) {
      names.push_back(object_name(snapshot.meta));
    }
  }
  std::ranges::sort(names);
  return names;
}

/// Contents of the driver that its sidecar hasn't taken up.
std::vector<std::string> not_taken_up(const Facts& facts, std::string_view driver) {
  std::vector<std::string> names;
  for (const VolumeSnapshotContent& content : facts.contents.items) {
    const bool is_waiting = content.driver.get() == driver && !content.meta.deleted && !content.being_created &&
                            content.snapshot_handle.empty() && !content.error.present && content.ready == Ready::Nil;
    if (is_waiting && content.meta.created && facts.now - *content.meta.created > kUnanswered) {
      names.push_back(content.meta.name);
    }
  }
  std::ranges::sort(names);
  return names;
}

/// As the sidecars name their Lease: every character but letters, digits and `-` is a `-`.
std::string sidecar_lease(std::string_view driver) {
  std::string name(kSidecarLease);
  for (const char c : driver) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
    name += kept ? c : '-';
  }
  return name;
}

/// What Leases tell of one component. `add` makes the answer.
template <class Add>
void judge(const Facts& facts, const Leases& leases, std::string_view component, const Fix& fix, Add add) {
  if (!leases.fresh.empty()) {
    add(CheckStatus::Ok, fmt::format("{} is alive", component));
  } else if (!leases.stale.empty()) {
    add(CheckStatus::Problem, fmt::format("Nobody renews the Lease of {}: it doesn't run", component)).fix = fix;
  } else if (!facts.leases.seen()) {
    auto& check = add(CheckStatus::Unknown, fmt::format("Whether {} is alive can't be seen", component));
    if (!facts.leases.why.empty()) check.evidence.push_back(facts.leases.why);
    check.fix = fix;
  } else {
    auto& check =
        add(CheckStatus::Unknown,
            fmt::format("There is no Lease of {}: one that runs without leader election has none", component));
    check.fix = fix;
  }
}

}  // namespace

void check_controller(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "snapshot-controller";
  if (facts.snapshot_api.sight == Sight::Absent) {
    report.add(kId, "", CheckStatus::Skipped, "Without the snapshot API there is nothing to control");
    return;
  }
  const Fix fix{"See whether the snapshot-controller runs; one per cluster, whatever the number of drivers.",
                "kubectl get pods,leases -A | grep snapshot-controller"};
  const Leases leases = leases_named(facts, kControllerLease);
  if (leases.fresh.size() > 1) {
    auto& check = report.add(kId, "", CheckStatus::Problem,
                             fmt::format("{} snapshot-controllers lead at once: each undoes and repeats what the other "
                                         "does",
                                         leases.fresh.size()));
    add_leases(check, leases);
    check.fix = {"Remove all but one: often the distribution brings one, and a driver's chart another.", fix.command};
    return;
  }
  if (const auto waiting = untouched(facts); !waiting.empty()) {
    auto& check =
        report.add(kId, "", CheckStatus::Problem, "VolumeSnapshots wait, and no snapshot-controller acts on them");
    check.evidence.push_back(fmt::format("{} without status and finalizers for more than {} min: {}", waiting.size(),
                                         std::chrono::duration_cast<std::chrono::minutes>(kUnanswered).count(),
                                         some_of(waiting)));
    add_leases(check, leases);
    check.fix = fix;
    return;
  }
  judge(facts, leases, "the snapshot-controller", fix, [&](CheckStatus status, std::string what) -> Check& {
    auto& check = report.add(kId, "", status, std::move(what));
    add_leases(check, leases);
    return check;
  });
}

void check_sidecars(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "csi-snapshotter";
  if (!facts.classes.seen() && facts.classes.sight != Sight::Absent) {
    report.unseen(kId, "", "Which drivers have VolumeSnapshotClasses", facts.classes);
    return;
  }
  const auto drivers = drivers_of_classes(facts);
  if (drivers.empty()) report.add(kId, "", CheckStatus::Skipped, "No VolumeSnapshotClass names a driver");
  for (const std::string& driver : drivers) {
    const Leases leases = leases_named(facts, sidecar_lease(driver));
    const Fix fix{"See whether the driver's controller runs and has the csi-snapshotter sidecar.",
                  "kubectl get pods -A -o wide | grep -i -e snapshotter -e csi"};
    const auto add = [&](CheckStatus status, std::string what) -> Check& {
      auto& check = report.add(kId, driver, status, std::move(what));
      add_leases(check, leases);
      return check;
    };
    if (const auto waiting = not_taken_up(facts, driver); !waiting.empty()) {
      auto& check = add(CheckStatus::Problem, "Contents wait, and no csi-snapshotter of the driver acts on them");
      check.evidence.push_back(fmt::format("VolumeSnapshotContents that nobody has taken up: {}", some_of(waiting)));
      check.fix = fix;
      continue;
    }
    judge(facts, leases, "the driver's csi-snapshotter", fix, add);
  }
}

}  // namespace snaptrail::reconcilers::preflight
