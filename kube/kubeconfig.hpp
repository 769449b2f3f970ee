#pragma once

#include "kube/cluster_config.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace snaptrail::kube {

/// As load_kubeconfig(), over several files merged as kubectl merges the list in $KUBECONFIG: of each name,
/// and of current-context, the first counts.
Result<ClusterConfig> load_kubeconfigs(const std::vector<std::filesystem::path>& paths, const std::string& context);

}  // namespace snaptrail::kube
