#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace snaptrail::kube {

/// A credential plugin of a kubeconfig (client-go's exec credential plugins), ready to be run.
struct ExecPlugin {
  std::string user;  ///< "user NAME in FILE", for messages
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  ///< over this process's environment
  std::string api_version;                               ///< client.authentication.k8s.io/v1 or …/v1beta1
  std::string install_hint;                              ///< what to tell whoever lacks the command; may be empty
  std::string exec_info;                                 ///< KUBERNETES_EXEC_INFO: an ExecCredential as JSON
  /// From start to end; then it is killed. Browsers and terminals don't exist here, so what takes longer hangs.
  std::chrono::milliseconds deadline{60'000};
};

}  // namespace snaptrail::kube
