#pragma once

#include <functional>

#include "serving/api.hpp"
#include "serving/api_coverage.hpp"
#include "serving/coverage_metrics.hpp"
#include "serving/health.hpp"
#include "serving/ledger_reads.hpp"
#include "serving/metrics.hpp"
#include "serving/object_metrics.hpp"
#include "serving/router.hpp"
#include "serving/row_feed.hpp"

namespace snaptrail::serving {

/// What the paths read from. All of it must outlive the router; all of it is used on the server's strand.
struct Endpoints {
  Metrics& metrics;
  const StateSource& state;
  const ObjectSource& objects;
  std::function<ObjectMetricsOptions()> object_options;  ///< asked at each scrape: they may change
  ApiIdentity identity;
  LedgerReads& ledger;
  RowFeed& feed;
  std::function<HealthView()> health;
  const CoverageSource& coverage;
  CoverageMetricsOptions coverage_options;
};

/// `/metrics`, `/healthz`, `/readyz`, the page with its files, and the API below `/api/v1` (docs/api.md).
Router make_router(Endpoints endpoints);

}  // namespace snaptrail::serving
