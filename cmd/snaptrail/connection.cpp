#include "cmd/snaptrail/connection.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/connection_flags.hpp"

namespace snaptrail::cmd {

void add_connection_options(CLI::App& command, ConnectionOptions& options) {
  command.add_option("--kubeconfig", options.kubeconfig, "Kubeconfig (default: as kubectl finds it, else in-cluster)")
      ->type_name("FILE");
  command.add_option("--context", options.context, "Context of the kubeconfig");
  add_connection_flags(command, options.overrides);
}

std::shared_ptr<const kube::ClusterConfig> load_connection(const ConnectionOptions& options) {
  kube::KubeconfigSource source;
  source.path = options.kubeconfig;
  source.context = options.context;
  source.overrides = options.overrides;
  auto found = kube::find_cluster_config(source);
  if (found.has_error()) throw Failure(kUsage, found.error().message);
  for (const std::string& warning : found.value().warnings) fmt::print(stderr, "snaptrail: warning: {}\n", warning);
  return std::make_shared<const kube::ClusterConfig>(std::move(found.value()));
}

bool names_a_cluster(const ConnectionOptions& options) {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  if (!options.kubeconfig.empty() || !options.context.empty() || !options.overrides.server.empty()) return true;
  if (is_set("KUBECONFIG") || is_set("KUBERNETES_SERVICE_HOST")) return true;
  std::error_code ignored;
  return is_set("HOME") &&
         std::filesystem::exists(std::filesystem::path(std::getenv("HOME")) / ".kube/config", ignored);
}

std::string server_url(const kube::ClusterConfig& config) {
  const bool is_ipv6 = config.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", config.scheme, is_ipv6 ? "[" : "", config.host, is_ipv6 ? "]" : "", config.port);
}

}  // namespace snaptrail::cmd
