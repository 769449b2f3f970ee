#pragma once

#include <compare>
#include <string_view>

namespace snaptrail::informers {

/// Digits without a leading zero, at most 39 of them (128 bits): what may be compared.
bool is_well_formed_version(std::string_view version);

/// Compares two resourceVersions of one resource type as KEP-5504 allows since Kubernetes 1.35: digits without a leading
/// zero, at most 39 of them (128 bits); the longer is newer, then bytes decide. `unordered` where either is malformed and they
/// differ; equal texts are equal whatever they are.
std::partial_ordering compare_resource_versions(std::string_view a, std::string_view b);

}  // namespace snaptrail::informers
