#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/diagnosis/finding.hpp"

/// What `snaptrail doctor` says: whether a cluster is set up for snapshots, before one is needed.
namespace snaptrail::reconcilers::preflight {

enum class CheckStatus : std::uint8_t {
  Ok,
  Warning,  ///< works, but not as it should, or not for everybody
  Problem,  ///< snapshots, backups or restores fail because of it, or will
  Unknown,  ///< it can't be told from outside: a right is missing, or nothing in the API tells
  Skipped,  ///< there is nothing to look at
};

/// Lower case: `ok`.
std::string_view to_string(CheckStatus status);

/// One answer. A check that looks at several things (drivers, classes) gives one for each.
struct Check {
  std::string_view id;  ///< of the catalogue
  std::string about;    ///< the driver, class or object; empty: the cluster
  CheckStatus status = CheckStatus::Unknown;
  std::string what;  ///< one sentence
  /// What it was told by, so that a person can check it. Strings of the cluster as they are: to be made printable where
  /// they are shown, as `about` and `what`.
  std::vector<std::string> evidence;
  Fix fix;  ///< empty where nothing is to be done
};

/// A check of the catalogue. The ids are contracts; docs/doctor.md lists them, and a test compares.
struct CheckInfo {
  std::string_view id;
  std::string_view asks;  ///< the question that it answers
};

/// All checks, in the order in which they are answered.
std::span<const CheckInfo> all_checks();

struct Facts;

/// Every check's answers, in the catalogue's order: each id at least once. Pure; never throws on odd facts.
std::vector<Check> examine(const Facts& facts);

}  // namespace snaptrail::reconcilers::preflight
