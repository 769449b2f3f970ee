#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/preflight/check.hpp"
#include "reconcilers/preflight/facts.hpp"

/// What the checks share. Not for use outside this folder.
namespace snaptrail::reconcilers::preflight {

/// Collects answers.
class Report {
 public:
  Check& add(std::string_view id, std::string about, CheckStatus status, std::string what) {
    checks_.push_back({id, std::move(about), status, std::move(what), {}, {}});
    return checks_.back();
  }
  /// That something couldn't be looked at.
  Check& unseen(std::string_view id, std::string about, std::string_view what, const Looked& looked);
  std::vector<Check>& checks() { return checks_; }

 private:
  std::vector<Check> checks_;
};

/// The name of `known` that `wanted` was probably meant to be: one contains the other, or they differ by three letters
/// at most (a third of the shorter one at most). Empty where none is near.
std::string nearest(std::string_view wanted, const std::vector<std::string>& known);

/// Names joined by commas: the first `most` and how many more.
std::string some_of(const std::vector<std::string>& names, std::size_t most = 5);

std::string object_name(const objects::Meta& meta);  ///< `NAMESPACE/NAME`, or the name

/// The drivers that VolumeSnapshotClasses name, sorted.
std::vector<std::string> drivers_of_classes(const Facts& facts);

void check_server(const Facts& facts, Report& report);
void check_snapshot_api(const Facts& facts, Report& report);
void check_crds(const Facts& facts, Report& report);
void check_group_api(const Facts& facts, Report& report);
void check_controller(const Facts& facts, Report& report);
void check_sidecars(const Facts& facts, Report& report);
void check_storage_classes(const Facts& facts, Report& report);
void check_class_drivers(const Facts& facts, Report& report);
void check_class_names(const Facts& facts, Report& report);
void check_default_classes(const Facts& facts, Report& report);
void check_default_storage_class(const Facts& facts, Report& report);
void check_class_secrets(const Facts& facts, Report& report);
void check_velero_classes(const Facts& facts, Report& report);
void check_velero_policies(const Facts& facts, Report& report);
void check_backup_locations(const Facts& facts, Report& report);
void check_other_volumes(const Facts& facts, Report& report);
void check_volume_binding(const Facts& facts, Report& report);
void check_stuck_deletions(const Facts& facts, Report& report);
void check_rights(const Facts& facts, Report& report);
void check_daemon(const Facts& facts, Report& report);

}  // namespace snaptrail::reconcilers::preflight
