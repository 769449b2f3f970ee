#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace snaptrail::kube {

/// What kubectl's connection flags put over a kubeconfig or a pod's service account (clientcmd.ConfigOverrides).
/// Empty: not given. Relative paths are relative to the working directory.
struct ConnectionOverrides {
  std::string server{};           ///< --server: URL; the kubeconfig's tls-server-name then no longer counts
  std::string tls_server_name{};  ///< --tls-server-name
  std::filesystem::path certificate_authority{};  ///< --certificate-authority: replaces file and data
  bool insecure_skip_tls_verify = false;          ///< --insecure-skip-tls-verify: drops the kubeconfig's CA
  std::string cluster{};                          ///< --cluster: name of a kubeconfig's cluster
  std::string user{};                             ///< --user: name of a kubeconfig's user
  std::string token{};                            ///< --token: replaces token and tokenFile
  std::filesystem::path client_certificate{};     ///< --client-certificate: replaces file and data
  std::filesystem::path client_key{};             ///< --client-key: replaces file and data
  std::string as{};                               ///< --as
  std::string as_uid{};                           ///< --as-uid
  std::vector<std::string> as_groups{};           ///< --as-group, each: replace those of the kubeconfig
  std::vector<std::string> as_user_extra{};       ///< --as-user-extra, each as KEY=VALUE
};

}  // namespace snaptrail::kube
