#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace snaptrail::informers {

/// Reads a Kubernetes quantity ("1Gi", "1073741824", "500M", "1e3", "0.5Gi") as a whole number, rounded up as
/// resource.Quantity's Value() does. Nullopt for anything that the grammar of k8s.io/apimachinery's resource.Quantity
/// doesn't allow, for what is below zero, beyond int64, or has more than 19 significant digits.
std::optional<std::int64_t> parse_quantity(std::string_view text);

}  // namespace snaptrail::informers
