#include "kube/kubeconfig.hpp"

#include "kube/files.hpp"
#include "kube/kubeconfig_file.hpp"
#include "kube/local_error.hpp"
#include "kube/pem.hpp"
#include "kube/server_url.hpp"
#include "kube/token_source.hpp"

#include <fmt/format.h>

namespace snaptrail::kube {
namespace {

using Files = std::vector<KubeconfigFile>;

constexpr std::size_t kLargestPem = 1u << 20;

std::string names_of(const Files& files) {
  std::string names;
  for (const KubeconfigFile& file : files) names += (names.empty() ? "" : ", ") + file.path.string();
  return names;
}

std::string listed(const std::vector<NamedEntry>& entries) {
  std::string names;
  for (const NamedEntry& entry : entries) names += (names.empty() ? "" : ", ") + entry.name;
  return names.empty() ? "none" : names;
}

KubeconfigEntry entry_named(const Files& files, const char* list, const char* body_key, const std::string& name) {
  const auto entries = entries_of(files, list, body_key);
  for (const NamedEntry& entry : entries) {
    if (entry.name == name) return entry.body;
  }
  throw KubeconfigFailure(
      fmt::format("{} has no {} named {}; there are: {}", names_of(files), body_key, name, listed(entries)));
}

std::string current_context(const Files& files) {
  for (const KubeconfigFile& file : files) {
    const std::string name = KubeconfigEntry(file.path, file.root).text("current-context");
    if (!name.empty()) return name;
  }
  throw KubeconfigFailure(fmt::format("{} sets no current-context; choose one with --context: {}", names_of(files),
                                      listed(entries_of(files, "contexts", "context"))));
}

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw KubeconfigFailure(result.error().message);
  return std::move(*result);
}

/// A PEM given inline (KEY-data, which wins as in kubectl) or by file.
struct Pem {
  std::string text;
  std::filesystem::path file;
  std::string what;
};

Pem read_pem(const KubeconfigEntry& entry, const std::string& key) {
  Pem pem;
  const std::string data_key = key + "-data";
  if (entry.has(data_key.c_str())) {
    pem.text = entry.data(data_key.c_str());
    pem.what = fmt::format("{} in {}", data_key, entry.file().string());
  } else if (entry.has(key.c_str())) {
    pem.file = entry.path(key.c_str());
    pem.what = fmt::format("{} {}", key, pem.file.string());
    pem.text = value_or_throw(read_file(pem.file, key, kLargestPem));
  }
  return pem;
}

void read_cluster(const KubeconfigEntry& cluster, ClusterConfig& config) {
  const std::string at = fmt::format("cluster {} in {}", config.cluster, cluster.file().string());
  if (cluster.has("proxy-url")) {
    throw KubeconfigFailure(at + " is reached through a proxy (proxy-url), which this version does not support yet");
  }
  if (auto read = read_server_url(cluster.text("server"), config); !read) {
    throw KubeconfigFailure(fmt::format("{}: {}", at, read.error().message));
  }
  config.tls_server_name = cluster.text("tls-server-name");
  config.insecure_skip_tls_verify = cluster.flag("insecure-skip-tls-verify");
  Pem ca = read_pem(cluster, "certificate-authority");
  if (config.insecure_skip_tls_verify && !ca.what.empty()) {
    throw KubeconfigFailure(at + " has both insecure-skip-tls-verify and a certificate authority; remove one");
  }
  if (!ca.what.empty()) value_or_throw(parse_certificates(ca.text, ca.what));
  config.ca_pem = std::move(ca.text);
  config.ca_file = std::move(ca.file);
}

/// Acting as somebody else than the file says, or as nobody, would be worse than stopping.
void refuse_unsupported(const KubeconfigEntry& user, const std::string& at) {
  if (user.has("exec")) {
    throw KubeconfigFailure(
        fmt::format("{} gets its credentials from a command (exec: {}), which this version does not support "
                    "yet; use a token "
                    "(kubectl create token) or a client certificate",
                    at, user.child("exec").text("command")));
  }
  if (user.has("auth-provider")) {
    throw KubeconfigFailure(
        fmt::format("{} uses an auth-provider, which this version does not support yet; use a token (kubectl "
                    "create token) or a "
                    "client certificate",
                    at));
  }
  if (user.has("username") || user.has("password")) {
    throw KubeconfigFailure(
        fmt::format("{} has username and password, which API servers no longer accept (since Kubernetes "
                    "1.19); use a token or a "
                    "client certificate",
                    at));
  }
  for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra"}) {
    if (user.has(key)) {
      throw KubeconfigFailure(
          fmt::format("{} impersonates another user ({}), which this version does not support yet", at, key));
    }
  }
}

void read_user(const KubeconfigEntry& user, const std::string& name, ClusterConfig& config) {
  const std::string at = fmt::format("user {} in {}", name, user.file().string());
  refuse_unsupported(user, at);
  Pem cert = read_pem(user, "client-certificate");
  Pem key = read_pem(user, "client-key");
  if (cert.what.empty() != key.what.empty()) {
    throw KubeconfigFailure(fmt::format("{} has a {} without a {}", at,
                                        cert.what.empty() ? "client-key" : "client-certificate",
                                        cert.what.empty() ? "client-certificate" : "client-key"));
  }
  if (!cert.what.empty()) value_or_throw(parse_key_pair(cert.text, cert.what, key.text, key.what));
  config.client_cert_pem = std::move(cert.text);
  config.client_key_pem = std::move(key.text);
  // A pair that is half from a file can't rotate.
  if (!cert.file.empty() && !key.file.empty()) {
    config.client_cert_file = std::move(cert.file);
    config.client_key_file = std::move(key.file);
  }
  config.token = user.text("token");
  if (!config.token.empty() && !clean_token(config.token)) {
    throw KubeconfigFailure(at + " has a token with characters that no token may have");
  }
  config.token_file = user.path("tokenFile");
}

ClusterConfig resolve(const Files& files, const std::string& context) {
  ClusterConfig config;
  config.context = context.empty() ? current_context(files) : context;
  const KubeconfigEntry chosen = entry_named(files, "contexts", "context", config.context);
  config.cluster = chosen.text("cluster");
  if (config.cluster.empty()) {
    throw KubeconfigFailure(fmt::format("context {} in {} names no cluster", config.context, chosen.file().string()));
  }
  config.default_namespace = chosen.has("namespace") ? chosen.text("namespace") : "default";
  read_cluster(entry_named(files, "clusters", "cluster", config.cluster), config);
  const std::string user = chosen.text("user");
  if (!user.empty()) read_user(entry_named(files, "users", "user", user), user, config);
  return config;
}

}  // namespace

Result<ClusterConfig> load_kubeconfigs(const std::vector<std::filesystem::path>& paths, const std::string& context) {
  try {
    Files files;
    for (const std::filesystem::path& path : paths) files.push_back(read_kubeconfig_file(path));
    return resolve(files, context);
  } catch (const KubeconfigFailure& failed) {
    return config_error(failed.what());
  } catch (const YAML::Exception& failed) {
    return config_error(fmt::format("{}: {}", paths.empty() ? "" : place_of(paths.front(), failed.mark), failed.msg));
  }
}

Result<ClusterConfig> load_kubeconfig(const std::filesystem::path& path, const std::string& context) {
  return load_kubeconfigs({path}, context);
}

}  // namespace snaptrail::kube
