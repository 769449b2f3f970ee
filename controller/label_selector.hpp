#pragma once

#include <string>

#include "controller/config_value.hpp"

namespace snaptrail::controller {

/// A label selector in kubectl's notation: `team=payments,env!=test,tier in (gold, silver),!legacy`. It is evaluated by the API server; here
/// only a mistake is found before anything starts. Empty: none. Throws ValueError.
std::string label_selector(const RawValue& raw);

}  // namespace snaptrail::controller
