#include "kube/exec_entry.hpp"

#include "kube/base64.hpp"
#include "kube/local_error.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <string>

namespace snaptrail::kube {
namespace {

namespace json = boost::json;

constexpr std::string_view kV1 = "client.authentication.k8s.io/v1";
constexpr std::string_view kV1Beta1 = "client.authentication.k8s.io/v1beta1";

/// What is wrong with the entry; empty if nothing is.
std::string fault_of(const UserEntry& user, const ExecEntry& exec) {
  if (!user.auth_provider.empty()) return "has both exec and auth-provider; remove one";
  if (exec.command.empty()) return "has an exec without a command";
  if (exec.api_version.empty()) return "has an exec without an apiVersion; write client.authentication.k8s.io/v1";
  if (exec.api_version != kV1 && exec.api_version != kV1Beta1) {
    return fmt::format("has an exec with apiVersion {}; only {} and {} are supported", exec.api_version, kV1, kV1Beta1);
  }
  for (const auto& [name, value] : exec.env) {
    if (name.empty() || name.find('=') != std::string::npos) return "has an exec with a variable (env) without a name";
  }
  const std::string& mode = exec.interactive_mode;
  if (mode.empty() && exec.api_version == kV1) {
    return "has an exec without an interactiveMode, which apiVersion v1 requires; write Never or IfAvailable";
  }
  if (mode == "Always") {
    return fmt::format(
        "has an exec ({}) with interactiveMode Always: it wants a terminal, and there is none here; use a plugin that "
        "works without one, a token (kubectl create token) or a client certificate",
        exec.command);
  }
  if (!mode.empty() && mode != "Never" && mode != "IfAvailable") {
    return fmt::format("has an exec with interactiveMode {}; it must be Never or IfAvailable", mode);
  }
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  const bool unpassable = has_nul(exec.command) || std::any_of(exec.args.begin(), exec.args.end(), has_nul) ||
                          std::any_of(exec.env.begin(), exec.env.end(), [&](const auto& variable) {
                            return has_nul(variable.first) || has_nul(variable.second);
                          });
  return unpassable ? "has an exec with a NUL character, which no program can be given" : "";
}

/// The cluster as plugins are told it: client.authentication.k8s.io/v1, Cluster.
json::object cluster_info(const ClusterEntry& cluster, std::string_view ca_pem) {
  json::object info;
  info["server"] = cluster.server;
  if (!cluster.tls_server_name.empty()) info["tls-server-name"] = cluster.tls_server_name;
  if (cluster.insecure_skip_tls_verify) info["insecure-skip-tls-verify"] = true;
  if (!ca_pem.empty()) info["certificate-authority-data"] = encode_base64(ca_pem);
  if (!cluster.proxy_url.empty()) info["proxy-url"] = cluster.proxy_url;
  if (cluster.disable_compression) info["disable-compression"] = true;
  boost::system::error_code broken;
  json::value config = json::parse(cluster.exec_config, broken);
  info["config"] = broken ? json::value(nullptr) : std::move(config);
  return info;
}

std::string exec_info(const ExecEntry& exec, const ClusterEntry& cluster, std::string_view ca_pem) {
  json::object spec;
  if (exec.provide_cluster_info) spec["cluster"] = cluster_info(cluster, ca_pem);
  spec["interactive"] = false;
  json::object info;
  info["kind"] = "ExecCredential";
  info["apiVersion"] = exec.api_version;
  info["spec"] = std::move(spec);
  return json::serialize(info);
}

}  // namespace

Result<ExecPlugin> make_exec_plugin(const UserEntry& user, const ClusterEntry& cluster, std::string_view ca_pem) {
  const ExecEntry& exec = *user.exec;
  if (const std::string fault = fault_of(user, exec); !fault.empty()) {
    return config_error(fmt::format("{} {}", user.origin, fault));
  }
  ExecPlugin plugin;
  plugin.user = user.origin;
  plugin.command = exec.command;
  plugin.args = exec.args;
  plugin.env = exec.env;
  plugin.api_version = exec.api_version;
  plugin.install_hint = exec.install_hint;
  plugin.exec_info = exec_info(exec, cluster, ca_pem);
  return plugin;
}

}  // namespace snaptrail::kube
