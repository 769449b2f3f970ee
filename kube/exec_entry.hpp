#pragma once

#include "kube/connection_entries.hpp"
#include "kube/exec_plugin.hpp"

#include <string_view>

namespace snaptrail::kube {

/// Checks a user's exec entry as clientcmd does, and makes the plugin of it: KUBERNETES_EXEC_INFO with the cluster if it
/// asks for that (`ca_pem`: its CA). Refused: an interactiveMode of Always (there is no terminal), an apiVersion other
/// than v1 and v1beta1, what can't be passed to a program. Pure.
Result<ExecPlugin> make_exec_plugin(const UserEntry& user, const ClusterEntry& cluster, std::string_view ca_pem);

}  // namespace snaptrail::kube
