#pragma once

#include <cstddef>
#include <string>

#include "serving/coverage_source.hpp"

namespace snaptrail::serving {

struct CoverageMetricsOptions {
  bool enabled = true;
  /// With more claims than that none has series of its own; 0: no limit.
  std::size_t max_claims = 5'000;
};

/// The recovery points and targets of single claims, and snaptrail_persistentvolumeclaim_metrics_suppressed, in the text exposition
/// format. Empty where disabled. To be shown only once the stores are synced. What is counted by namespace is in
/// state_families().
std::string coverage_metrics(const CoverageSource& source, const CoverageMetricsOptions& options);

}  // namespace snaptrail::serving
