#include "kube/cluster_config.hpp"

#include "kube/connection_entries.hpp"
#include "kube/files.hpp"
#include "kube/kubeconfig.hpp"
#include "kube/local_error.hpp"
#include "kube/server_url.hpp"
#include "kube/token_source.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

namespace snaptrail::kube {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = 1u << 20;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool file_exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// The files of a $KUBECONFIG, which may be a list with colons.
std::vector<fs::path> split_paths(std::string_view list) {
  std::vector<fs::path> paths;
  while (!list.empty()) {
    const auto colon = list.find(':');
    if (colon != 0) paths.emplace_back(list.substr(0, colon));
    list = colon == list.npos ? std::string_view() : list.substr(colon + 1);
  }
  return paths;
}

Result<ClusterConfig> load_from_environment(const std::string& list, const KubeconfigSource& source) {
  const auto paths = split_paths(list);
  std::vector<fs::path> existing;
  for (const fs::path& path : paths) {
    if (file_exists(path)) existing.push_back(path);
  }
  if (existing.empty()) return config_error(fmt::format("$KUBECONFIG is {}, but there is no such file", list));
  return load_kubeconfigs(existing, source.context, source.overrides);
}

Result<std::string> service_url() {
  std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return config_error("not inside a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const bool ipv6 = host.find(':') != std::string::npos;
  std::string url = ipv6 ? fmt::format("https://[{}]:{}", host, port) : fmt::format("https://{}:{}", host, port);
  // Neither may bring a path, a user or the like into the URL.
  const bool plain = host.find_first_of("/?#@[]") == host.npos && port.find_first_not_of("0123456789") == port.npos;
  ClusterConfig parsed;
  if (!plain || !read_server_url(url, parsed)) {
    return config_error(
        fmt::format("KUBERNETES_SERVICE_HOST {} with KUBERNETES_SERVICE_PORT {} is no address", host, port));
  }
  return url;
}

/// A pod's namespace: as the downward API was asked to tell it, else the service account's (as clientcmd does).
std::string pod_namespace(const fs::path& root) {
  if (std::string name = environment("POD_NAMESPACE"); !name.empty()) return name;
  const auto text = read_file(root / "namespace", "namespace", kLargestFile);
  return text ? clean_token(*text).value_or("") : "";
}

}  // namespace

Result<ClusterConfig> in_cluster_config(const fs::path& root, const ConnectionOverrides& overrides) {
  ConnectionEntries entries;
  entries.context = "in-cluster";
  entries.default_namespace = pod_namespace(root);
  auto url = service_url();
  if (!url) return url.error();
  entries.cluster.name = "in-cluster";
  entries.cluster.origin = "the pod's cluster";
  entries.cluster.server = std::move(*url);
  entries.cluster.ca_file = root / "ca.crt";
  entries.user.origin = "the pod's service account";
  entries.user.token_file = root / "token";
  const auto token = read_file(entries.user.token_file, "service account token", kLargestFile);
  if (!token && overrides.token.empty()) return token.error();
  if (token && !clean_token(*token)) {
    return config_error(
        fmt::format("the service account token {} is empty or no token", entries.user.token_file.string()));
  }
  if (auto applied = apply_overrides(overrides, entries.cluster, entries.user); !applied) return applied.error();
  return make_cluster_config(entries, proxy_environment());
}

Result<ClusterConfig> find_cluster_config(const KubeconfigSource& source) {
  if (!source.path.empty()) return load_kubeconfig(source.path, source.context, source.overrides);
  if (const std::string list = environment("KUBECONFIG"); !list.empty()) {
    return load_from_environment(list, source);
  }
  const std::string home = environment("HOME");
  const fs::path fallback = home.empty() ? fs::path() : fs::path(home) / ".kube" / "config";
  if (!fallback.empty() && file_exists(fallback)) {
    return load_kubeconfig(fallback, source.context, source.overrides);
  }
  const std::string looked_for = fmt::format("no kubeconfig found: $KUBECONFIG is not set and there is no {}",
                                             fallback.empty() ? "home directory" : fallback.string());
  if (environment("KUBERNETES_SERVICE_HOST").empty()) {
    const bool flags_suffice = !source.overrides.server.empty() && source.context.empty() &&
                               source.overrides.cluster.empty() && source.overrides.user.empty();
    if (flags_suffice) return load_kubeconfigs({}, "", source.overrides);
    return config_error(looked_for + "; name one with --kubeconfig, or run inside a pod");
  }
  if (!source.context.empty()) {
    return config_error(fmt::format("{}, so context {} can't be chosen", looked_for, source.context));
  }
  return in_cluster_config(kServiceAccount, source.overrides);
}

}  // namespace snaptrail::kube
