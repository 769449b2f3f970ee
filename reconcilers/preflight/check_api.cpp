#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "reconcilers/diagnosis/fix.hpp"
#include "reconcilers/preflight/report.hpp"

/// The API server, and the APIs of snapshots.
namespace snaptrail::reconcilers::preflight {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"volumesnapshots", "volumesnapshotcontents",
                                                    "volumesnapshotclasses"};
/// external-snapshotter 4.0 and later, whose CRDs serve snapshot.storage.k8s.io/v1, want Kubernetes 1.20.
constexpr int kLeastMinor = 20;
constexpr std::string_view kSnapshotGroup = "snapshot.storage.k8s.io";
constexpr std::string_view kInstallCrds =
    "kubectl kustomize https://github.com/kubernetes-csi/external-snapshotter/client/config/crd | kubectl apply -f -";

bool has(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

/// `1.33` of `v1.33.1-eks-1`; nullopt for what is no version, such as the `v0.0.0-master` of who builds without one.
std::optional<std::pair<int, int>> version_of(std::string_view text) {
  if (!text.starts_with('v')) return std::nullopt;
  int major = 0;
  int minor = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data() + 1, end, major);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return std::nullopt;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc() || major < 1) return std::nullopt;
  return std::pair(major, minor);
}

std::string served_text(const std::vector<std::string>& versions) { return "served: " + some_of(versions); }

/// Versions of the past that etcd may still hold: a newer CRD that has dropped one of them is refused.
std::vector<std::string> leftovers(const Crd& crd) {
  std::vector<std::string> old;
  if (!crd.name.ends_with("." + std::string(kSnapshotGroup))) return old;
  for (const std::string& version : crd.stored) {
    if (version != "v1") old.push_back(version);
  }
  return old;
}

void check_crd(const Crd& crd, Report& report) {
  constexpr std::string_view kId = "snapshot-crds";
  const std::string described = "kubectl describe crd " + shell_quoted(crd.name);
  if (crd.deleted) {
    auto& check = report.add(kId, crd.name, CheckStatus::Problem,
                             "The CRD is being deleted: nothing of its kind can be created, and all its objects go");
    check.evidence.push_back("metadata.deletionTimestamp " + objects::format_rfc3339(*crd.deleted));
    check.fix = {
        "Find out who deletes it; when it is gone, install it anew. Objects that hold it up have finalizers that "
        "nobody removes.",
        described};
  } else if (!crd.established) {
    auto& check = report.add(kId, crd.name, CheckStatus::Problem, "The CRD isn't established: its kind isn't served");
    check.evidence.emplace_back("status.conditions: Established isn't True");
    check.fix = {"Its conditions say why; often another CRD has taken its names.", described};
  } else if (const auto old = leftovers(crd); !old.empty()) {
    auto& check = report.add(kId, crd.name, CheckStatus::Warning,
                             "Objects may still be stored in a version of the past: a CRD without that version, which "
                             "newer releases bring, is refused");
    check.evidence.push_back("status.storedVersions: " + some_of(crd.stored));
    check.fix = {
        "Write every object of the kind once (it is then stored as v1), then take the old versions out of "
        "status.storedVersions.",
        fmt::format("kubectl get {0} -A -o json | kubectl replace -f - && kubectl patch crd {0} --subresource=status "
                    "--type=merge -p '{{\"status\":{{\"storedVersions\":[\"v1\"]}}}}'",
                    shell_quoted(crd.name))};
  } else {
    report.add(kId, crd.name, CheckStatus::Ok, "Established").evidence.push_back(served_text(crd.served));
  }
}

}  // namespace

void check_server(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "server";
  const auto version = version_of(facts.server_version);
  if (!version) {
    auto& check = report.add(kId, "", CheckStatus::Unknown, "The API server answers, but doesn't tell its version");
    if (!facts.server_version.empty()) check.evidence.push_back("gitVersion " + facts.server_version);
    check.fix.command = "kubectl version";
    return;
  }
  const bool is_old = version->first == 1 && version->second < kLeastMinor;
  auto& check = report.add(
      kId, "", is_old ? CheckStatus::Problem : CheckStatus::Ok,
      is_old ? fmt::format("Kubernetes is older than 1.{}, with which the v1 snapshot API began", kLeastMinor)
             : "The API server answers");
  check.evidence.push_back("version " + facts.server_version);
  if (is_old) check.fix = {"Upgrade the cluster, or stay with the components of its time.", "kubectl version"};
}

void check_snapshot_api(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "snapshot-api";
  const ApiGroup& api = facts.snapshot_api;
  const Fix install{"Install the CRDs of external-snapshotter, in the version of the snapshot-controller.",
                    std::string(kInstallCrds)};
  if (api.sight == Sight::Absent) {
    auto& check = report.add(kId, "", CheckStatus::Problem, "The snapshot API isn't installed: there are no CRDs");
    check.evidence.push_back(fmt::format("API group {} isn't served", kSnapshotGroup));
    check.fix = install;
    return;
  }
  if (!api.seen()) {
    report.unseen(kId, "", "Which APIs are served", api);
    return;
  }
  std::vector<std::string> missing;
  for (const std::string_view kind : kKinds) {
    if (!api.plurals.contains(kind)) missing.emplace_back(kind);
  }
  if (!has(api.versions, "v1") || !missing.empty()) {
    const bool old = !has(api.versions, "v1");
    auto& check = report.add(
        kId, "", CheckStatus::Problem,
        old ? "The snapshot API isn't served in v1: components from external-snapshotter 6.0 on don't speak another"
            : "Not all three kinds of the snapshot API are served");
    check.evidence.push_back(served_text(api.versions));
    if (!old) check.evidence.push_back("missing: " + some_of(missing));
    check.fix = install;
    return;
  }
  const bool beta = has(api.versions, "v1beta1");
  auto& check =
      report.add(kId, "", beta ? CheckStatus::Warning : CheckStatus::Ok,
                 beta ? "v1beta1 is still served beside v1: the CRDs are older than external-snapshotter 6.0, "
                        "and who still writes v1beta1 fails with the next ones"
                      : "v1 is served, with all three kinds");
  check.evidence.push_back(served_text(api.versions));
  if (beta)
    check.fix = {"Move manifests and clients to snapshot.storage.k8s.io/v1, then upgrade the CRDs.",
                 std::string(kInstallCrds)};
}

void check_crds(const Facts& facts, Report& report) {
  const std::size_t before = report.checks().size();
  const Crd* unseen = nullptr;
  for (const Crd& crd : facts.crds) {
    if (crd.seen()) {
      check_crd(crd, report);
    } else if (crd.sight != Sight::Absent) {  // of absent ones the checks of the APIs tell
      unseen = &crd;
    }
  }
  // One answer for all: what keeps one of them from being seen keeps the others too.
  if (unseen != nullptr) report.unseen("snapshot-crds", "", "CustomResourceDefinitions", *unseen);
  if (report.checks().size() == before) {
    report.add("snapshot-crds", "", CheckStatus::Skipped, "There are no CRDs of the snapshot API");
  }
}

void check_group_api(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "group-snapshot-api";
  const ApiGroup& api = facts.group_api;
  if (api.sight == Sight::Absent) {
    report.add(kId, "", CheckStatus::Skipped, "Group snapshots aren't installed; nothing else needs them");
    return;
  }
  if (!api.seen()) {
    report.unseen(kId, "", "Which APIs are served", api);
    return;
  }
  const bool current = has(api.versions, "v1");
  auto& check = report.add(
      kId, "", current ? CheckStatus::Ok : CheckStatus::Warning,
      current ? "Group snapshots are served in v1"
              : "Group snapshots are served in a beta version only, which components from external-snapshotter 8.6 on "
                "don't speak: with their group feature on, they don't start, and plain snapshots stand still too");
  check.evidence.push_back(served_text(api.versions));
  if (!current) {
    check.fix = {
        "Upgrade the CRDs of groupsnapshot.storage.k8s.io together with snapshot-controller and sidecars; where nobody "
        "uses groups, remove them.",
        "kubectl get crd -o name | grep groupsnapshot.storage.k8s.io"};
  }
}

}  // namespace snaptrail::reconcilers::preflight
