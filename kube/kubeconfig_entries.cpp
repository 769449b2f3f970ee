#include "kube/kubeconfig_entries.hpp"

#include "kube/yaml_json.hpp"

#include <fmt/format.h>

namespace snaptrail::kube {
namespace {

/// Reserved for plugins' settings that differ from cluster to cluster.
constexpr std::string_view kExecExtension = "client.authentication.k8s.io/exec";

std::string exec_config_of(const KubeconfigEntry& cluster) {
  for (const KubeconfigEntry& extension : cluster.children("extensions")) {
    if (extension.text("name") == kExecExtension) return to_json(extension.child("extension").node());
  }
  return "null";
}

ExecEntry read_exec(const KubeconfigEntry& body) {
  ExecEntry exec;
  // Without a slash it is looked for in $PATH.
  exec.command = body.text("command");
  if (exec.command.find('/') != std::string::npos) exec.command = body.path("command").string();
  exec.args = body.texts("args");
  for (const KubeconfigEntry& variable : body.children("env")) {
    exec.env.emplace_back(variable.text("name"), variable.text("value"));
  }
  exec.api_version = body.text("apiVersion");
  exec.install_hint = body.text("installHint");
  exec.interactive_mode = body.text("interactiveMode");
  exec.provide_cluster_info = body.flag("provideClusterInfo");
  return exec;
}

}  // namespace

ClusterEntry read_cluster_entry(const KubeconfigEntry& body, const std::string& name) {
  ClusterEntry cluster;
  cluster.name = name;
  cluster.file = body.file().string();
  cluster.origin = fmt::format("cluster {} in {}", name, cluster.file);
  cluster.server = body.text("server");
  cluster.tls_server_name = body.text("tls-server-name");
  cluster.insecure_skip_tls_verify = body.flag("insecure-skip-tls-verify");
  cluster.ca_data = body.data("certificate-authority-data");
  cluster.ca_file = body.path("certificate-authority");
  cluster.proxy_url = body.text("proxy-url");
  cluster.disable_compression = body.flag("disable-compression");
  cluster.exec_config = exec_config_of(body);
  return cluster;
}

UserEntry read_user_entry(const KubeconfigEntry& body, const std::string& name) {
  UserEntry user;
  user.name = name;
  user.file = body.file().string();
  user.origin = fmt::format("user {} in {}", name, user.file);
  user.cert_data = body.data("client-certificate-data");
  user.key_data = body.data("client-key-data");
  user.cert_file = body.path("client-certificate");
  user.key_file = body.path("client-key");
  user.token = body.text("token");
  user.token_file = body.path("tokenFile");
  user.username = body.text("username");
  user.password = body.text("password");
  user.impersonate = {body.text("as"), body.text("as-uid"), body.texts("as-groups"), body.text_lists("as-user-extra")};
  if (body.has("auth-provider")) {
    user.auth_provider = body.child("auth-provider").text("name");
    if (user.auth_provider.empty()) user.auth_provider = "without a name";
  }
  if (body.has("exec")) user.exec = read_exec(body.child("exec"));
  return user;
}

}  // namespace snaptrail::kube
