#pragma once

#include <prometheus/metric_family.h>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "serving/state_source.hpp"

namespace snaptrail::serving {

/// How many values of each family the guard has folded, over all scrapes.
using FoldCounts = std::map<std::string, std::uint64_t, std::less<>>;

/// Family 4: what is the case now. Built for one scrape; adds to `folds`.
std::vector<prometheus::MetricFamily> state_families(const StateSource& source, FoldCounts& folds);

}  // namespace snaptrail::serving
