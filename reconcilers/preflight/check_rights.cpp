#include <fmt/format.h>

#include <algorithm>

#include "reconcilers/diagnosis/fix.hpp"
#include "reconcilers/preflight/report.hpp"

/// What the asker may see, and what a running daemon has to say.
namespace snaptrail::reconcilers::preflight {
namespace {

using objects::Kind;

/// Without these no state can be told; without the others only something is missing.
bool is_needed(Kind kind) {
  return kind == Kind::VolumeSnapshot || kind == Kind::VolumeSnapshotContent || kind == Kind::VolumeSnapshotClass ||
         kind == Kind::PersistentVolumeClaim || kind == Kind::PersistentVolume || kind == Kind::StorageClass;
}

std::string right_text(const Right& right) {
  const objects::Resource& resource = objects::resource_of(right.kind);
  return fmt::format("{} {}{}{}", right.verb, resource.plural, resource.group.empty() ? "" : ".", resource.group);
}

std::string counted(const std::map<std::string, std::size_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  return text;
}

}  // namespace

void check_rights(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "rights";
  std::vector<std::string> missing;
  std::vector<std::string> unknown;
  const Right* first = nullptr;
  const Right* untold = nullptr;
  bool needed = false;
  for (const Right& right : facts.rights) {
    if (right.allowed == Right::Allowed::Yes) continue;
    if (right.allowed == Right::Allowed::Unknown) {
      unknown.push_back(right_text(right));
      if (untold == nullptr) untold = &right;
      continue;
    }
    missing.push_back(right_text(right));
    needed = needed || is_needed(right.kind);
    if (first == nullptr) first = &right;
  }
  if (!missing.empty()) {
    auto& check = report.add(kId, "", needed ? CheckStatus::Problem : CheckStatus::Warning,
                             needed ? "Rights are missing without which no state can be told"
                                    : "Rights are missing: the daemon leaves out what it may not see");
    check.evidence.push_back("may not " + some_of(missing, 50));
    check.fix = {
        "Bind the ClusterRole of the README's section \"On a cluster\" to whom the daemon runs as; the chart does.",
        fmt::format("kubectl auth can-i {} -A", right_text(*first))};
    return;
  }
  if (facts.rights.empty() || !unknown.empty()) {
    auto& check = report.add(kId, "", CheckStatus::Unknown, "What the asker may do can't be told");
    if (untold != nullptr && !untold->why.empty()) check.evidence.push_back(untold->why);
    check.fix.command = "kubectl auth can-i --list";
    return;
  }
  auto& check = report.add(kId, "", CheckStatus::Ok, "The asker may list and watch all that the daemon follows");
  check.evidence.push_back(fmt::format("{} rights granted", facts.rights.size()));
}

void check_daemon(const Facts& facts, Report& report) {
  constexpr std::string_view kId = "daemon";
  const DaemonFacts& daemon = facts.daemon;
  if (!daemon.seen()) {
    auto& check = report.add(kId, "", CheckStatus::Skipped, "No daemon was asked: all other checks do without");
    if (!daemon.why.empty()) check.evidence.push_back(daemon.why);
    return;
  }
  const bool found = !daemon.findings.empty() || !daemon.gaps.empty();
  auto& check = report.add(kId, daemon.where, found ? CheckStatus::Warning : CheckStatus::Ok,
                           !daemon.findings.empty() ? "The daemon finds what somebody has to mend"
                           : found                  ? "The daemon has missed windows of time in the last hour"
                                   : "The daemon finds nothing, and has missed nothing in the last hour");
  if (!daemon.findings.empty()) check.evidence.push_back("findings: " + counted(daemon.findings));
  if (!daemon.gaps.empty()) check.evidence.push_back("gaps: " + counted(daemon.gaps));
  if (!daemon.findings.empty()) {
    check.fix = {"`status` shows each object with its reason, `explain` the evidence and what to do.",
                 "snaptrail status -a"};
  } else if (found) {
    check.fix = {"The timeline has each gap with its cause.", "snaptrail timeline --since 1h"};
  }
}

}  // namespace snaptrail::reconcilers::preflight
