#include "informers/intake.hpp"

namespace snaptrail::informers {

namespace {

/// The kinds whose events tell something: why a snapshot, its content or a restored claim does not get on.
constexpr objects::Kind kKindsWithEvents[] = {objects::Kind::VolumeSnapshot, objects::Kind::VolumeSnapshotContent,
                                              objects::Kind::PersistentVolumeClaim};

/// Every elected leader writes its Lease every few seconds, and every node the one that says it is alive: a watch would bring tens
/// to thousands of events a second that tell nothing but "still there". A list a minute from the server's cache, without
/// the nodes' namespace, is some tens of kilobytes, and a controller that is gone is gone for minutes before it matters.
Target leases() {
  return {objects::Kind::Lease, "metadata.namespace!=kube-node-lease", "leases", std::chrono::seconds{60}};
}

std::vector<Target> make_targets() {
  std::vector<Target> targets;
  for (const objects::Kind kind : objects::kAllKinds) {
    // Both narrowed below: a cluster's other events are many.
    if (kind == objects::Kind::Event || kind == objects::Kind::Lease) continue;
    targets.push_back({kind, "", std::string(objects::resource_of(kind).plural)});
  }
  for (const objects::Kind about : kKindsWithEvents) {
    const std::string kind_name(objects::resource_of(about).kind_name);
    targets.push_back({objects::Kind::Event, "involvedObject.kind=" + kind_name, "events/" + kind_name});
  }
  targets.push_back(leases());
  return targets;
}

}  // namespace

const std::vector<Target>& all_targets() {
  static const std::vector<Target> targets = make_targets();
  return targets;
}

std::string stream_name(const Target& target) {
  return target.ns.empty() ? target.name : target.name + '@' + target.ns;
}

std::string stream_text(const Target& target) {
  return target.ns.empty() ? target.name : target.name + " namespace=" + target.ns;
}

std::string_view to_string(Availability availability) {
  switch (availability) {
    case Availability::Syncing: return "syncing";
    case Availability::Synced: return "synced";
    case Availability::Absent: return "absent";
    case Availability::Forbidden: return "forbidden";
    case Availability::Failing: return "failing";
  }
  return "unknown";
}

}  // namespace snaptrail::informers
