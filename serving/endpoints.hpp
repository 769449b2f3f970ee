#pragma once

#include <functional>

#include "serving/api.hpp"
#include "serving/health.hpp"
#include "serving/ledger_reads.hpp"
#include "serving/metrics.hpp"
#include "serving/object_metrics.hpp"
#include "serving/router.hpp"
#include "serving/status_page.hpp"

namespace snaptrail::serving {

/// What the paths read from. All of it must outlive the router; all of it is used on the server's strand.
struct Endpoints {
  Metrics& metrics;
  const StateSource& state;
  const ObjectSource& objects;
  ObjectMetricsOptions object_options;
  ApiIdentity identity;
  LedgerReads& ledger;
  const PageSource& page;
  std::function<HealthView()> health;
};

/// `/metrics`, `/healthz`, `/readyz`, `/`, `/style.css`, `/api/v1/version`, `/api/v1/status`, `/api/v1/timeline`,
/// `/api/v1/findings`, `/api/v1/story`.
Router make_router(Endpoints endpoints);

}  // namespace snaptrail::serving
