#include "serving/api_coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "reconcilers/coverage/past.hpp"
#include "serving/api_query.hpp"
#include "serving/guarded.hpp"
#include "serving/json_values.hpp"

namespace snaptrail::serving {
namespace {

namespace json = boost::json;
using reconcilers::ClaimCoverage;
using reconcilers::CoverageStatus;

json::object json_of(const reconcilers::RecoveryPoint& point) {
  json::object out;
  out["kind"] = to_string(point.kind);
  out["cut"] = objects::format_rfc3339(point.cut);
  out["handle"] = text_or_null(point.handle);
  out["backup"] = text_or_null(point.backup);
  return out;
}

json::value json_of(const reconcilers::EndedPoint& ended) {
  json::object out = json_of(ended.point);
  out["end"] = to_string(ended.end);
  out["endedAt"] = objects::format_rfc3339(ended.at);
  return out;
}

json::object json_of(const ClaimCoverage& claim) {
  json::object out;
  out["namespace"] = text_or_null(claim.ns);
  out["name"] = text_or_null(claim.name);
  out["uid"] = text_or_null(claim.uid.str());
  out["status"] = to_string(claim.status);
  const auto& limit = claim.target.limit;
  out["targetSeconds"] =
      limit ? json::value(std::chrono::duration_cast<std::chrono::seconds>(*limit).count()) : json::value();
  out["targetFrom"] = to_string(claim.target.origin);
  out["ignoredAnnotation"] = text_or_null(claim.target.ignored);
  out["due"] = time_or_null(claim.due);
  out["watchedSince"] = time_or_null(claim.watched);
  out["points"] = claim.points;
  out["lastRecoverable"] = claim.last ? json::value(json_of(*claim.last)) : json::value();
  out["lastEnded"] = claim.ended ? json_of(*claim.ended) : json::value();
  json::value skipped;
  if (claim.skipped) {
    skipped = json::object{{"backup", text_or_null(claim.skipped->backup)},
                           {"completed", objects::format_rfc3339(claim.skipped->completed)}};
  }
  out["skippedBy"] = std::move(skipped);
  out["storageClass"] = text_or_null(claim.storage_class);
  out["driver"] = text_or_null(claim.driver);
  out["volumeHandle"] = text_or_null(claim.volume_handle);
  return out;
}

bool matches(const CoveragePage& wanted, const ClaimCoverage& claim) {
  return (wanted.ns.empty() || wanted.ns == claim.ns) && (wanted.name.empty() || wanted.name == claim.name) &&
         (!wanted.status || wanted.status == claim.status) && (!wanted.skipped || claim.skipped) &&
         std::tie(claim.ns, claim.name) > std::tie(wanted.after_ns, wanted.after_name);
}

/// What of a moment that has passed the ledger does not keep (docs/coverage.md, "The past").
json::array not_kept(objects::MaybeInstant at) {
  return at ? json::array{"groupSnapshots", "skippedBackups", "targets"} : json::array{};
}

Response page_of(const std::vector<ClaimCoverage>& claims, const CoveragePage& wanted) {
  std::string items;
  const ClaimCoverage* last = nullptr;
  std::size_t count = 0;
  bool more = false;
  for (const ClaimCoverage& claim : claims) {
    if (!matches(wanted, claim)) continue;
    if (count == wanted.first) {
      more = true;
      break;
    }
    if (count++ > 0) items += ",\n";
    items += json::serialize(json_of(claim));
    last = &claim;
  }
  const json::value token = more ? json::value(last->ns + "/" + last->name) : json::value();
  Response response;
  response.content_type = kJson;
  response.body =
      fmt::format("{{\"items\":[{}],\n\"continue\":{},\"at\":{},\"notKept\":{}}}\n", items, json::serialize(token),
                  json::serialize(time_or_null(wanted.at)), json::serialize(not_kept(wanted.at)));
  return response;
}

/// One namespace's claims.
struct Group {
  std::string ns;
  std::size_t claims = 0, with_copy = 0, skipped = 0;
  std::array<std::size_t, 5> by_status{};
  objects::MaybeInstant oldest;  ///< of the claims' newest copies

  std::size_t count(CoverageStatus status) const { return by_status.at(static_cast<std::size_t>(status)); }
  std::size_t violations() const { return count(CoverageStatus::Missed) + count(CoverageStatus::Never); }
  void add(const ClaimCoverage& claim) {
    ++claims;
    ++by_status.at(static_cast<std::size_t>(claim.status));
    skipped += claim.skipped ? 1 : 0;
    if (!claim.last) return;
    ++with_copy;
    if (!oldest || claim.last->cut < *oldest) oldest = claim.last->cut;
  }
  json::object to_json() const {
    return {{"namespace", text_or_null(ns)},
            {"claims", claims},
            {"withCopy", with_copy},
            {"covered", count(CoverageStatus::Covered)},
            {"unknown", count(CoverageStatus::Unknown)},
            {"missed", count(CoverageStatus::Missed)},
            {"never", count(CoverageStatus::Never)},
            {"noTarget", count(CoverageStatus::NoTarget)},
            {"skipped", skipped},
            {"oldestCopy", time_or_null(oldest)}};
  }
};

Response summed_up(const std::vector<ClaimCoverage>& claims, objects::MaybeInstant at) {
  std::vector<Group> groups;
  for (const ClaimCoverage& claim : claims) {
    if (groups.empty() || groups.back().ns != claim.ns) groups.emplace_back().ns = claim.ns;
    groups.back().add(claim);
  }
  std::ranges::stable_sort(groups, std::greater(), &Group::violations);
  json::array items;
  for (const Group& group : groups) items.push_back(group.to_json());
  Response response;
  response.content_type = kJson;
  response.body =
      json::serialize(json::object{{"items", std::move(items)}, {"at", time_or_null(at)}, {"notKept", not_kept(at)}}) +
      "\n";
  return response;
}

std::vector<ClaimCoverage> coverage_then(const ledger::Ledger& ledger, objects::Instant at, const TargetsNow& targets) {
  using objects::Kind;
  using objects::ObjectRecord;
  reconcilers::PastCoverage past(at, ledger.last_gap("volumesnapshotcontents", reconcilers::PointMemory::kHole, at));
  const auto ready = ledger.ready_times(Kind::VolumeSnapshotContent);
  ledger::RecordQuery query;
  query.kind = Kind::VolumeSnapshotContent;
  query.ended_too = true;
  ledger.for_each_record(query, [&](const ObjectRecord& record, std::int64_t) {
    const auto its = ready.find(record.uid);
    past.content(record, its == ready.end() ? objects::MaybeInstant() : its->second);
  });
  ledger.for_each_operation({}, [&past](const objects::Operation& operation) { past.operation(operation); });
  query = {};
  query.kind = Kind::PersistentVolume;
  query.at = at;
  ledger.for_each_record(query, [&past](const ObjectRecord& record, std::int64_t) { past.volume(record); });
  query.kind = Kind::PersistentVolumeClaim;
  query.state = objects::State::Bound;
  std::vector<ClaimCoverage> claims;
  ledger.for_each_record(query, [&](const ObjectRecord& record, std::int64_t) {
    if (auto claim = past.claim(record, targets.of(record))) claims.push_back(std::move(*claim));
  });
  std::ranges::sort(claims, [](const ClaimCoverage& a, const ClaimCoverage& b) {
    return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
  });
  return claims;
}

}  // namespace

TargetsNow::TargetsNow(const CoverageSource& source) : configured_(source.targets()) {
  for (const ClaimCoverage& claim : source.coverage()) claims_.emplace(claim.uid, claim.target);
}

reconcilers::RpoTarget TargetsNow::of(const objects::ObjectRecord& claim) const {
  if (const auto found = claims_.find(claim.uid); found != claims_.end()) return found->second;
  // It is gone, and with it what it said itself.
  objects::PersistentVolumeClaim gone;
  gone.meta.ns = objects::Symbol(claim.ns);
  gone.storage_class = objects::Symbol(claim.class_name);
  return configured_.of(gone, nullptr);
}

Response api_coverage(const CoverageSource& source, const Request& request) {
  return guarded([&] { return page_of(source.coverage(), parse_coverage(request)); });
}

Response api_coverage_then(const ledger::Ledger& ledger, const Request& request, const TargetsNow& targets) {
  return guarded([&] {
    const CoveragePage wanted = parse_coverage(request);
    if (!wanted.at) throw ApiProblem{"give at, the moment"};
    return page_of(coverage_then(ledger, *wanted.at, targets), wanted);
  });
}

Response api_protection(const CoverageSource& source, const Request& request) {
  return guarded([&] { return summed_up(source.coverage(), parse_protection(request)); });
}

Response api_protection_then(const ledger::Ledger& ledger, const Request& request, const TargetsNow& targets) {
  return guarded([&] {
    const objects::MaybeInstant at = parse_protection(request);
    if (!at) throw ApiProblem{"give at, the moment"};
    return summed_up(coverage_then(ledger, *at, targets), at);
  });
}

}  // namespace snaptrail::serving
