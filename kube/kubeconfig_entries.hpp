#pragma once

#include "kube/connection_entries.hpp"
#include "kube/kubeconfig_file.hpp"

#include <string>

namespace snaptrail::kube {

/// One entry of a kubeconfig's clusters and users, taken apart. Throw KubeconfigFailure for a value of the wrong type or
/// for data that is no base64.
ClusterEntry read_cluster_entry(const KubeconfigEntry& body, const std::string& name);
UserEntry read_user_entry(const KubeconfigEntry& body, const std::string& name);

}  // namespace snaptrail::kube
