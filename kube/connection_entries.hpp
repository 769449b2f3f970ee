#pragma once

#include "kube/cluster_config.hpp"
#include "kube/proxy.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace snaptrail::kube {

/// A cluster as a kubeconfig describes it, one field a key; empty: not set. Nothing has been read or checked yet.
struct ClusterEntry {
  std::string name;
  std::string origin;  ///< "cluster NAME in FILE", for messages
  std::string file;    ///< the file alone, for messages
  std::string server;
  std::string tls_server_name;
  bool insecure_skip_tls_verify = false;
  std::string ca_data;  ///< decoded
  std::filesystem::path ca_file;
  std::string proxy_url;
  bool disable_compression = false;  ///< no answer is asked for compressed anyway; plugins are told
  std::string exec_config = "null";  ///< the extension client.authentication.k8s.io/exec, as JSON
};

/// The `exec` of a user.
struct ExecEntry {
  std::string command;  ///< with a slash: a path
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::string api_version;
  std::string install_hint;
  std::string interactive_mode;
  bool provide_cluster_info = false;
};

/// A user as a kubeconfig describes them.
struct UserEntry {
  std::string name;
  std::string origin;  ///< "user NAME in FILE", for messages
  std::string file;    ///< the file alone, for messages
  std::string cert_data;
  std::string key_data;
  std::filesystem::path cert_file;
  std::filesystem::path key_file;
  std::string token;
  std::filesystem::path token_file;
  std::string username;
  std::string password;
  Impersonation impersonate;
  std::string auth_provider;
  std::optional<ExecEntry> exec;
};

/// What one connection is made from.
struct ConnectionEntries {
  std::string context;
  std::string default_namespace;
  ClusterEntry cluster;
  UserEntry user;
};

/// Puts the flags over what a file or a pod said, by the rules of clientcmd's getCluster() and getAuthInfo(); but a
/// --token also replaces a tokenFile. An error (Errc::invalid_config) for an --as-user-extra without `=`.
Result<void> apply_overrides(const ConnectionOverrides& overrides, ClusterEntry& cluster, UserEntry& user);

/// Checks the entries as clientcmd does (tools/clientcmd/validation.go), reads the files that they name, and chooses the
/// proxy: proxy-url, else that of `environment`. To a server of plain HTTP no credentials are sent. Errors
/// (Errc::invalid_config) begin with the entry's origin.
Result<ClusterConfig> make_cluster_config(const ConnectionEntries& entries, const ProxyEnvironment& environment);

}  // namespace snaptrail::kube
