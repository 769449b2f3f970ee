#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <optional>
#include <string>

#include "kube/cluster_config.hpp"

namespace snaptrail::cmd {

/// Which cluster a command speaks to, and as whom.
struct ConnectionOptions {
  std::string kubeconfig;
  std::string context;
  kube::ConnectionOverrides overrides;  ///< kubectl's other connection flags
};

/// Adds the flags of ConnectionOptions to a command.
void add_connection_options(CLI::App& command, ConnectionOptions& options);

/// Finds the configuration as kubectl does, and writes its warnings to standard error. Throws Failure(kUsage).
std::shared_ptr<const kube::ClusterConfig> load_connection(const ConnectionOptions& options);

/// Whether flags, environment or home directory name any cluster at all: if not, there is none to speak to.
bool names_a_cluster(const ConnectionOptions& options);

/// `https://HOST:PORT`, for messages.
std::string server_url(const kube::ClusterConfig& config);

}  // namespace snaptrail::cmd
