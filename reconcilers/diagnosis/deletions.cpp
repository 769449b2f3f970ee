#include "reconcilers/diagnosis/deletions.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "reconcilers/diagnosis/fix.hpp"

namespace snaptrail::reconcilers {

using objects::Instant;
using objects::MaybeInstant;

void Deletions::destroyed(const std::string& ns, Instant at) {
  auto& times = times_[ns];
  // What has waited is older than what counted meanwhile.
  times.insert(std::ranges::upper_bound(times, at), at);
  while (times.size() > kMost || times.back() - times.front() > kWindow) times.pop_front();
}

void Deletions::superseded(const objects::Uid& claim, const std::string& ns, Instant at) {
  waiting_.push_back({claim, ns, at});
  while (waiting_.size() > kMost || at - waiting_.front().at > kWindow) waiting_.pop_front();
}

void Deletions::none_left(const objects::Uid& claim, Instant at) {
  const auto is_its = [&](const Waiting& waiting) { return waiting.claim == claim; };
  for (const Waiting& waiting : waiting_) {
    if (is_its(waiting) && at - waiting.at <= kWindow) destroyed(waiting.ns, waiting.at);
  }
  std::erase_if(waiting_, is_its);
}

std::vector<Finding> Deletions::findings(Instant now) const {
  std::vector<std::string> namespaces;
  for (const auto& [ns, times] : times_) {
    if (times.size() >= kBurst && now - times.back() < kWindow) namespaces.push_back(ns);
  }
  std::ranges::sort(namespaces);
  std::vector<Finding> found;
  for (const auto& ns : namespaces) {
    const auto& times = times_.at(ns);
    Finding finding;
    finding.reason = Reason::DeletionBurst;
    finding.category = info_of(Reason::DeletionBurst).category;
    finding.severity = info_of(Reason::DeletionBurst).severity;
    finding.subject = {objects::Kind::Namespace, {}, {}, ns};
    finding.since = times.front();
    finding.evidence = {{Evidence::Source::Ledger, "VolumeSnapshots destroyed within 10 minutes", ns,
                         static_cast<std::int64_t>(times.size()), times.back()}};
    finding.fix = fill_fix(Reason::DeletionBurst, {{"name", ns}});
    found.push_back(std::move(finding));
  }
  return found;
}

MaybeInstant Deletions::look_again(Instant now) const {
  MaybeInstant next;
  for (const auto& [ns, times] : times_) {
    if (times.size() < kBurst) continue;
    const Instant over = times.back() + kWindow;
    if (over > now && (!next || over < *next)) next = over;
  }
  return next;
}

}  // namespace snaptrail::reconcilers
