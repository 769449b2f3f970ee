#pragma once

#include <string>
#include <string_view>

#include "objects/types.hpp"

namespace snaptrail::reconcilers {

/// The chain of a pre-provisioned pair: known from the names alone, so that snapshot and content agree whichever
/// is seen first. Version-5 UUID (RFC 4122) of `<namespace>/<snapshot>/<content>`.
std::string pre_provisioned_chain(std::string_view snapshot_ns, std::string_view snapshot_name,
                                  std::string_view content_name);

/// docs/states.md, "Chains and stories".
std::string chain_of(const objects::VolumeSnapshot& snapshot);
std::string chain_of(const objects::VolumeSnapshotContent& content);

}  // namespace snaptrail::reconcilers
