#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "reconcilers/diagnosis/fix.hpp"
#include "reconcilers/preflight/report.hpp"

/// VolumeSnapshotClasses and StorageClasses: do they fit together.
namespace snaptrail::reconcilers::preflight {
namespace {

using objects::StorageClass;
using objects::VolumeSnapshotClass;

constexpr std::string_view kDefault = "snapshot.storage.kubernetes.io/is-default-class";

std::vector<std::string> classes_of(const Facts& facts, std::string_view driver) {
  std::vector<std::string> names;
  for (const VolumeSnapshotClass& one : facts.classes.items) {
    if (one.driver.get() == driver) names.push_back(one.meta.name);
  }
  std::ranges::sort(names);
  return names;
}

bool has_driver(const Facts& facts, std::string_view name) {
  return std::ranges::any_of(facts.drivers.items, [&](const auto& driver) { return driver.meta.name == name; });
}

bool has_provisioner(const Facts& facts, std::string_view name) {
  return std::ranges::any_of(facts.storage_classes.items,
                             [&](const StorageClass& one) { return one.provisioner.get() == name; });
}

std::vector<std::string> known_drivers(const Facts& facts) {
  std::vector<std::string> names;
  for (const auto& driver : facts.drivers.items) names.push_back(driver.meta.name);
  for (const auto& one : facts.storage_classes.items) names.push_back(one.provisioner.get());
  return names;
}

/// Whether classes can be judged; if not, says so.
bool can_judge(std::string_view id, const Looked& looked, std::string_view what, Report& report) {
  if (looked.sight == Sight::Absent) {
    report.add(id, "", CheckStatus::Skipped, "Without the snapshot API there are no VolumeSnapshotClasses");
  } else if (!looked.seen()) {
    report.unseen(id, "", what, looked);
  }
  return looked.seen();
}

std::string manifest_command(std::string_view driver) {
  return fmt::format(
      "echo '{{\"apiVersion\":\"snapshot.storage.k8s.io/v1\",\"kind\":\"VolumeSnapshotClass\","
      "\"metadata\":{{\"name\":\"snapshots\"}},\"driver\":\"'{}'\",\"deletionPolicy\":\"Retain\"}}' | "
      "kubectl apply -f -",
      shell_quoted(driver));
}

/// A StorageClass of whose provisioner there is no VolumeSnapshotClass.
void judge_unmatched(const StorageClass& one, const Facts& facts, Report& report) {
  constexpr std::string_view kId = "snapshot-class";
  const std::string& provisioner = one.provisioner.get();
  const std::string meant = nearest(provisioner, drivers_of_classes(facts));
  const auto bound = facts.bound_claims.find(one.meta.name);
  const std::size_t claims = bound == facts.bound_claims.end() ? 0 : bound->second;
  if (meant.empty() && !has_driver(facts, provisioner)) {
    const bool in_tree = provisioner.starts_with("kubernetes.io/") && provisioner != "kubernetes.io/no-provisioner";
    auto& check = report.add(kId, one.meta.name, in_tree && claims > 0 ? CheckStatus::Warning : CheckStatus::Skipped,
                             in_tree ? "The provisioner is built into Kubernetes: its volumes can't be snapshotted"
                                     : "The provisioner isn't known to be a CSI driver");
    check.evidence.push_back("provisioner " + provisioner);
    if (check.status == CheckStatus::Warning) {
      check.evidence.push_back(fmt::format("{} bound claims", claims));
      check.fix = {"Make volumes with the CSI driver of that storage from now on, and move the data.",
                   "kubectl get storageclass " + shell_quoted(one.meta.name) + " -o yaml"};
    }
    return;
  }
  const bool matters = claims > 0 || !meant.empty();
  auto& check =
      report.add(kId, one.meta.name, matters ? CheckStatus::Problem : CheckStatus::Warning,
                 "No VolumeSnapshotClass has this provisioner as its driver: its volumes can't be snapshotted");
  check.evidence.push_back("provisioner " + provisioner);
  if (claims > 0) check.evidence.push_back(fmt::format("{} bound claims", claims));
  if (!facts.claims.seen()) check.evidence.push_back("how many claims use it can't be seen: " + facts.claims.why);
  if (!meant.empty()) {
    const auto near = classes_of(facts, meant);
    check.evidence.push_back(fmt::format("VolumeSnapshotClass {} has driver {}", some_of(near), meant));
    check.fix = {
        fmt::format("Was driver {} meant? A class's driver can't be changed: delete VolumeSnapshotClass {} and "
                    "make it anew with driver {}.",
                    provisioner, some_of(near), provisioner),
        "kubectl get volumesnapshotclass " + shell_quoted(near.front()) + " -o yaml"};
    return;
  }
  check.fix = {"Create a VolumeSnapshotClass with that driver, if it can make snapshots at all.",
               manifest_command(provisioner)};
}

}  // namespace

void check_storage_classes(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "snapshot-class";
  if (!can_judge(kId, facts.classes, "VolumeSnapshotClasses", report)) return;
  if (!facts.storage_classes.seen()) {
    report.unseen(kId, "", "StorageClasses", facts.storage_classes);
    return;
  }
  if (facts.storage_classes.items.empty()) report.add(kId, "", CheckStatus::Skipped, "There are no StorageClasses");
  for (const StorageClass& one : facts.storage_classes.items) {
    const auto classes = classes_of(facts, one.provisioner.get());
    if (classes.empty()) {
      judge_unmatched(one, facts, report);
      continue;
    }
    auto& check = report.add(kId, one.meta.name, CheckStatus::Ok, "There is a VolumeSnapshotClass of its driver");
    check.evidence.push_back("provisioner " + one.provisioner.get());
    check.evidence.push_back("VolumeSnapshotClass " + some_of(classes));
  }
}

void check_class_drivers(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "class-driver";
  if (!can_judge(kId, facts.classes, "VolumeSnapshotClasses", report)) return;
  if (facts.classes.items.empty()) {
    auto& check =
        report.add(kId, "", CheckStatus::Problem, "There is no VolumeSnapshotClass: nothing can be snapshotted");
    check.fix = {"Create one for each CSI driver whose volumes are to be backed up.",
                 "kubectl get csidrivers,storageclasses"};
  }
  for (const VolumeSnapshotClass& one : facts.classes.items) {
    const std::string& driver = one.driver.get();
    if (has_driver(facts, driver) || has_provisioner(facts, driver)) {
      report.add(kId, one.meta.name, CheckStatus::Ok, "Its driver is there").evidence.push_back("driver " + driver);
      continue;
    }
    if (!facts.drivers.seen()) {
      report.unseen(kId, one.meta.name, "CSIDrivers", facts.drivers);
      continue;
    }
    const std::string meant = nearest(driver, known_drivers(facts));
    auto& check = report.add(kId, one.meta.name, meant.empty() ? CheckStatus::Warning : CheckStatus::Problem,
                             "No CSIDriver and no StorageClass is known by the name of its driver");
    check.evidence.push_back("driver " + driver);
    if (!meant.empty()) check.evidence.push_back("there is " + meant);
    check.fix = {meant.empty() ? "See whether the driver is installed; a driver may do without a CSIDriver object."
                               : fmt::format("Was {} meant? A class's driver can't be changed: delete it and make it "
                                             "anew.",
                                             meant),
                 "kubectl get csidrivers"};
  }
}

void check_class_names(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "class-name";
  if (!can_judge(kId, facts.classes, "VolumeSnapshotClasses", report)) return;
  std::vector<std::string> known;
  for (const auto& one : facts.classes.items) known.push_back(one.meta.name);
  std::ranges::sort(known);
  const std::size_t before = report.checks().size();
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> missing;  // (class, driver) → by whom
  for (const NamedClass& named : facts.named_classes) {
    const auto found = std::ranges::find(facts.classes.items, named.class_name,
                                         [](const VolumeSnapshotClass& one) { return one.meta.name; });
    if (found == facts.classes.items.end()) {
      missing[{named.class_name, named.driver}].push_back(named.by);
    } else if (!named.driver.empty() && found->driver.get() != named.driver) {
      auto& check = report.add(kId, named.class_name, CheckStatus::Problem,
                               "It is named for another driver than its own: volumes of that one fail with it");
      check.evidence.push_back(fmt::format("{} names it for driver {}", named.by, named.driver));
      check.evidence.push_back("its driver is " + found->driver.get());
      check.fix = {"Name a class of that driver.", "kubectl get volumesnapshotclasses"};
    }
  }
  for (const auto& [wanted, by] : missing) {
    const auto& [name, driver] = wanted;
    auto& check =
        report.add(kId, name, CheckStatus::Problem, "A VolumeSnapshotClass of that name is asked for, and isn't there");
    check.evidence.push_back("named by " + some_of(by));
    check.evidence.push_back(known.empty() ? std::string("there is none at all") : "there are " + some_of(known));
    const std::string meant = nearest(name, known);
    check.fix = {
        meant.empty() ? "Name a class that exists, or create it." : fmt::format("Was {} meant? Name it so.", meant),
        "kubectl get volumesnapshotclasses"};
  }
  if (report.checks().size() > before) return;
  if (facts.named_classes.empty()) {
    report.add(kId, "", CheckStatus::Skipped, "Nobody names a class at this moment");
  } else {
    report.add(kId, "", CheckStatus::Ok, fmt::format("All {} that are named exist", facts.named_classes.size()));
  }
}

void check_default_classes(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "default-class";
  if (!can_judge(kId, facts.classes, "VolumeSnapshotClasses", report)) return;
  const auto drivers = drivers_of_classes(facts);
  if (drivers.empty()) report.add(kId, "", CheckStatus::Skipped, "There is no VolumeSnapshotClass");
  for (const std::string& driver : drivers) {
    std::vector<std::string> defaults;
    for (const auto& one : facts.classes.items) {
      if (one.driver.get() == driver && one.is_default) defaults.push_back(one.meta.name);
    }
    std::ranges::sort(defaults);
    if (defaults.size() == 1) {
      report.add(kId, driver, CheckStatus::Ok, "One class is the default").evidence.push_back(defaults.front());
      continue;
    }
    auto& check =
        report.add(kId, driver, defaults.empty() ? CheckStatus::Warning : CheckStatus::Problem,
                   defaults.empty() ? "No class is the default: a VolumeSnapshot that names none fails"
                                    : "Several classes are the default: a VolumeSnapshot that names none fails");
    check.evidence.push_back(defaults.empty() ? "classes " + some_of(classes_of(facts, driver))
                                              : "defaults " + some_of(defaults));
    const std::string command = "kubectl annotate volumesnapshotclass ";
    check.fix =
        defaults.empty()
            ? Fix{fmt::format("Give one class the annotation {}=true.", kDefault),
                  fmt::format("{}{} {}=true", command, shell_quoted(classes_of(facts, driver).front()), kDefault)}
            : Fix{fmt::format("Leave the annotation {} with one of them.", kDefault),
                  fmt::format("{}{} {}-", command, shell_quoted(defaults.back()), kDefault)};
  }
}

void check_default_storage_class(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "default-storage-class";
  if (!facts.storage_classes.seen()) {
    report.unseen(kId, "", "StorageClasses", facts.storage_classes);
    return;
  }
  std::vector<std::string> defaults;
  for (const auto& one : facts.storage_classes.items) {
    if (one.is_default) defaults.push_back(one.meta.name);
  }
  std::ranges::sort(defaults);
  if (defaults.size() == 1) {
    report.add(kId, "", CheckStatus::Ok, "One StorageClass is the default").evidence.push_back(defaults.front());
    return;
  }
  constexpr std::string_view kAnnotation = "storageclass.kubernetes.io/is-default-class";
  auto& check = report.add(kId, "", CheckStatus::Warning,
                           defaults.empty() ? "No StorageClass is the default: claims that name none stay Pending"
                                            : "Several StorageClasses are the default: the newest is taken, and on "
                                              "servers before 1.26 claims are refused");
  if (!defaults.empty()) check.evidence.push_back("defaults " + some_of(defaults));
  check.fix = {fmt::format("Give exactly one the annotation {}=true.", kAnnotation), "kubectl get storageclasses"};
}

void check_class_secrets(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "class-secret";
  if (!can_judge(kId, facts.secrets, "VolumeSnapshotClasses", report)) return;
  if (facts.secrets.items.empty()) report.add(kId, "", CheckStatus::Skipped, "No VolumeSnapshotClass names a Secret");
  for (const ClassSecret& secret : facts.secrets.items) {
    const std::string look = "kubectl get volumesnapshotclass " + shell_quoted(secret.class_name) + " -o yaml";
    if (secret.name.empty() || secret.ns.empty()) {
      auto& check = report.add(kId, secret.class_name, CheckStatus::Problem,
                               "It names a Secret by half: the sidecar refuses every snapshot of the class");
      check.evidence.push_back(fmt::format("parameters {}: {} is missing", secret.parameter,
                                           secret.name.empty() ? "the name" : "the namespace"));
      check.fix = {
          "Parameters can't be changed: delete the class and make it anew, with the Secret's name and namespace.",
          look};
      continue;
    }
    auto& check = report.add(kId, secret.class_name, CheckStatus::Unknown,
                             "Whether the Secret that it names exists isn't looked at: no Secret is ever read");
    check.evidence.push_back(fmt::format("parameters {}: {}/{}", secret.parameter, secret.ns, secret.name));
    const bool is_template = secret.name.find("${") != std::string::npos || secret.ns.find("${") != std::string::npos;
    check.fix = {"See for yourself that it is there.",
                 is_template ? look
                             : fmt::format("kubectl get secret -n {} {} -o name", shell_quoted(secret.ns),
                                           shell_quoted(secret.name))};
  }
}

}  // namespace snaptrail::reconcilers::preflight
