#pragma once

#include "serving/coverage_source.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

/// `GET /api/v1/coverage`: which bound CSI claims can be brought back, and to when (docs/api.md), by namespace and name:
/// `{"items":[…],"continue":…}`. From memory: a ledger's file knows neither targets nor Backups. A parameter that can't be used is
/// a 400.
Response api_coverage(const CoverageSource& source, const Request& request);

}  // namespace snaptrail::serving
