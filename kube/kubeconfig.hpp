#pragma once

#include "kube/cluster_config.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace snaptrail::kube {

/// As load_kubeconfig(), over several files merged as kubectl merges the list in $KUBECONFIG: of each name,
/// and of current-context, the first counts. Without a context, --server or --cluster must say where to.
Result<ClusterConfig> load_kubeconfigs(const std::vector<std::filesystem::path>& paths, const std::string& context,
                                       const ConnectionOverrides& overrides = {});

}  // namespace snaptrail::kube
