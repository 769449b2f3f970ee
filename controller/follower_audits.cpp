// What the audits of a Follower look at, and what their results lead to.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/follower.hpp"

namespace snaptrail::controller {

using informers::AuditResult;
using informers::Target;

namespace {

/// Watched, and kept in a store.
bool is_auditable(const Target& stream) { return stream.poll.count() == 0 && stream.kind != objects::Kind::Event; }

bool is_synced(const Gate& gate, const Target& stream) {
  const auto entry = std::ranges::find(gate.entries(), stream.name, [](const auto& of) { return of.target.name; });
  if (entry == gate.entries().end()) return false;
  const auto part = entry->parts.find(stream.ns);
  return part != entry->parts.end() && part->second.availability == informers::Availability::Synced;
}

}  // namespace

std::vector<Target> Follower::to_audit() const {
  std::vector<Target> streams;
  for (const Target& resource : resources_) {
    for (Target& stream : pipeline_.scope().streams(resource)) {
      if (!version(stream).empty()) streams.push_back(std::move(stream));
    }
  }
  return streams;
}

std::string Follower::version(const Target& stream) const {
  const bool is_known = pipeline_.gate().is_open() && pipeline_.scope().follows(stream);
  if (!is_known || !is_auditable(stream) || !is_synced(pipeline_.gate(), stream)) return {};
  const ledger::Position* position = pipeline_.position(stream);
  return position ? position->resource_version : std::string();
}

informers::AuditDifferences Follower::compare(const Target& stream, const informers::AuditList& list) const {
  const Scope& scope = pipeline_.scope();
  const informers::AuditPart part{stream.ns, !scope.is_whole() && spread_of(stream) != Spread::Namespaced};
  informers::AuditDifferences found;
  pipeline_.stores().with_store(stream.kind,
                                [&](const auto& store) { found = informers::differences(list, store, part); });
  return found;
}

void Follower::audited(const Target& stream, informers::Audited audited) {
  ++audits_[stream.name][audited.result];
  log_audit(stream, audited);
  if (audited.result == AuditResult::Consistent) {
    audited_[informers::stream_name(stream)] = {std::move(audited.resource_version), audited.at};
  }
  if (audited.result != AuditResult::Inconsistent) return;
  const auto proven = last_proven(stream);
  if (!proven) return;  // it is being listed anew already
  const auto cause = audited.rewound ? objects::GapCause::Rewound : objects::GapCause::Disconnected;
  set_->remove(stream, [this, stream, distrust = informers::Distrust{cause, *proven}] {
    if (pipeline_.scope().follows(stream)) follow(stream, distrust);
  });
}

void Follower::log_audit(const Target& stream, const informers::Audited& audited) const {
  if (!log_ || audited.result == AuditResult::Consistent) return;
  const bool inconsistent = audited.result == AuditResult::Inconsistent;
  for (const std::string& why : audited.why) {
    log_(inconsistent ? informers::LogLevel::Warning : informers::LogLevel::Info,
         fmt::format("{}: an audit is {}: {}{}", informers::stream_text(stream),
                     informers::kAuditResults.at(static_cast<std::size_t>(audited.result)), why,
                     inconsistent ? "; all objects are listed again" : ""));
  }
}

/// The last moment at which the store was known to be what the server had: of the last audit, or of a complete list since.
std::optional<informers::Position> Follower::last_proven(const Target& stream) const {
  for (const informers::Reflector* reflector : set_->reflectors()) {
    const informers::ReflectorStats& stats = reflector->stats();
    if (!(reflector->target() == stream) || !stats.synced_at) continue;
    const auto found = audited_.find(informers::stream_name(stream));
    if (found != audited_.end() && found->second.at > *stats.synced_at) return found->second;
    return informers::Position{stats.synced_version, *stats.synced_at};
  }
  return std::nullopt;
}

}  // namespace snaptrail::controller
