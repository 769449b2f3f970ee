#pragma once

#include "kube/connection_overrides.hpp"
#include "kube/error.hpp"
#include "kube/impersonation.hpp"
#include "kube/proxy.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace snaptrail::kube {

class ExecSource;

/// Where the kubelet puts a pod's service account.
inline constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How to reach one API server and as whom. Made by load_kubeconfig() or in_cluster_config(); plain data, but for the
/// exec plugin.
struct ClusterConfig {
  std::string context;  ///< the kubeconfig's context; "in-cluster" inside a pod; empty if flags give all
  std::string cluster;  ///< the kubeconfig's cluster name
  std::string scheme;   ///< "https" or "http"
  std::string host;     ///< name or IP literal (IPv6 without brackets)
  std::uint16_t port = 443;
  std::string base_path;  ///< path prefix of the server URL, without a trailing slash; often empty
  std::string default_namespace;
  std::optional<Proxy> proxy;  ///< what to connect through

  std::string ca_pem;             ///< trusted CA certificates; empty: the system's
  std::filesystem::path ca_file;  ///< where ca_pem was read from, to be re-read as it rotates; may be empty
  std::string tls_server_name;    ///< name to verify and to send as SNI instead of host; may be empty
  bool insecure_skip_tls_verify = false;

  std::string client_cert_pem;  ///< may be empty
  std::string client_key_pem;
  std::filesystem::path client_cert_file;  ///< where client_cert_pem was read from, as ca_file; may be empty
  std::filesystem::path client_key_file;
  std::string token;                 ///< bearer token; may be empty
  std::filesystem::path token_file;  ///< read at most every minute; wins over `token`; may be empty
  std::string username;              ///< Basic authentication instead of a token; may be empty
  std::string password;
  /// The plugin that gives token or client certificate, with what it last gave: one for all connections made of this
  /// configuration and its copies, so that it runs once for all of them. Null: there is none.
  std::shared_ptr<ExecSource> exec;
  Impersonation impersonate;

  std::vector<std::string> warnings;  ///< what a person should know of it, each one line; for the log
};

struct KubeconfigSource {
  std::filesystem::path path;       ///< --kubeconfig; empty: $KUBECONFIG, else ~/.kube/config, else in-cluster
  std::string context;              ///< --context; empty: current-context
  ConnectionOverrides overrides{};  ///< the other connection flags
};

/// Reads a kubeconfig and resolves one context of it, with `overrides` over it. Errors (Errc::invalid_config) name the
/// file and what is wrong with it: unreadable, no YAML (with line and column), no such context (with those that
/// exist), a certificate that can't be read, or a way of authentication that is not supported.
Result<ClusterConfig> load_kubeconfig(const std::filesystem::path& path, const std::string& context,
                                      const ConnectionOverrides& overrides = {});

/// The credentials that every pod has: KUBERNETES_SERVICE_HOST and _PORT, token, ca.crt and namespace under
/// `root`, with `overrides` over them.
Result<ClusterConfig> in_cluster_config(const std::filesystem::path& root = kServiceAccount,
                                        const ConnectionOverrides& overrides = {});

/// Finds the configuration as kubectl does: `source.path`, else $KUBECONFIG, else ~/.kube/config if it
/// exists, else in-cluster if KUBERNETES_SERVICE_HOST is set, else --server alone, else an error that says what was
/// looked for.
Result<ClusterConfig> find_cluster_config(const KubeconfigSource& source);

}  // namespace snaptrail::kube
