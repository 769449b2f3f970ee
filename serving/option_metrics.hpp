#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "serving/option_stats.hpp"

namespace snaptrail::serving {

std::vector<prometheus::MetricFamily> option_families(const OptionStats& stats);

}  // namespace snaptrail::serving
