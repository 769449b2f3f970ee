#pragma once

#include <prometheus/metric_family.h>
#include <vector>

#include "serving/state_source.hpp"

namespace snaptrail::serving {

/// The part of family 5 that is read at each scrape: informers, ledger's writer, epoch, HTTP server. Built for one scrape.
std::vector<prometheus::MetricFamily> daemon_families(const StateSource& source,
                                                      const std::vector<InformerStats>& informers);

}  // namespace snaptrail::serving
