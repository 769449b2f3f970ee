#pragma once

#include <unordered_map>

#include "ledger/ledger.hpp"
#include "serving/coverage_source.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

/// What can be brought back, and to when (docs/api.md): of now from the daemon's memory, of a moment from the ledger.
namespace snaptrail::serving {

/// The targets of a moment that has passed are those of now: the ledger does not keep them.
struct TargetsNow {
  explicit TargetsNow(const CoverageSource& source);
  reconcilers::RpoTarget of(const objects::ObjectRecord& claim) const;

 private:
  std::unordered_map<objects::Uid, reconcilers::RpoTarget> claims_;
  reconcilers::RpoTargets configured_;
};

/// `GET /api/v1/coverage`, without and with `at`. What can't be used is a 400. The second throws ledger::Error.
Response api_coverage(const CoverageSource& source, const Request& request);
Response api_coverage_then(const ledger::Ledger& ledger, const Request& request, const TargetsNow& targets);

/// `GET /api/v1/protection`, the same summed up by namespace, what needs attention first.
Response api_protection(const CoverageSource& source, const Request& request);
Response api_protection_then(const ledger::Ledger& ledger, const Request& request, const TargetsNow& targets);

}  // namespace snaptrail::serving
