#include "kube/connection_entries.hpp"

#include "kube/exec_entry.hpp"
#include "kube/exec_source.hpp"
#include "kube/files.hpp"
#include "kube/local_error.hpp"
#include "kube/pem.hpp"
#include "kube/server_url.hpp"
#include "kube/token_source.hpp"

#include <fmt/format.h>

namespace snaptrail::kube {
namespace {

constexpr std::size_t kLargestPem = 1u << 20;

Error about(const std::string& origin, std::string_view why) { return config_error(fmt::format("{} {}", origin, why)); }

/// A PEM given inline (KEY-data) or by file.
struct Pem {
  std::string text;
  std::string what;  ///< empty: there is none
};

Result<Pem> read_pem(std::string_view key, const std::string& data, const std::filesystem::path& file,
                     const std::string& kubeconfig, const std::string& origin) {
  if (!data.empty() && !file.empty()) {
    return about(origin, fmt::format("has both {} and {}-data; remove one", key, key));
  }
  if (!data.empty()) return Pem{data, fmt::format("{}-data in {}", key, kubeconfig)};
  if (file.empty()) return Pem{};
  auto text = read_file(file, key, kLargestPem);
  if (!text) return text.error();
  return Pem{std::move(*text), fmt::format("{} {}", key, file.string())};
}

Result<void> set_server(const ClusterEntry& cluster, const ProxyEnvironment& environment, ClusterConfig& config) {
  if (auto read = read_server_url(cluster.server, config); !read) {
    return config_error(fmt::format("{}: {}", cluster.origin, read.error().message));
  }
  if (cluster.proxy_url.empty()) {
    auto proxy = proxy_for(environment, config.scheme, config.host, config.port);
    if (!proxy) return proxy.error();
    config.proxy = std::move(*proxy);
    return {};
  }
  auto proxy = parse_proxy_url(cluster.proxy_url, "proxy-url");
  if (!proxy) return config_error(fmt::format("{}: {}", cluster.origin, proxy.error().message));
  config.proxy = std::move(*proxy);
  return {};
}

Result<void> set_trust(const ClusterEntry& cluster, ClusterConfig& config) {
  config.tls_server_name = cluster.tls_server_name;
  config.insecure_skip_tls_verify = cluster.insecure_skip_tls_verify;
  auto ca = read_pem("certificate-authority", cluster.ca_data, cluster.ca_file, cluster.file, cluster.origin);
  if (!ca) return ca.error();
  if (ca->what.empty()) {
    if (cluster.insecure_skip_tls_verify) {
      config.warnings.emplace_back(
          "insecure-skip-tls-verify is set: whoever answers at that address is believed, and gets the credentials");
    }
    return {};
  }
  if (cluster.insecure_skip_tls_verify) {
    return about(cluster.origin, "has both insecure-skip-tls-verify and a certificate authority; remove one");
  }
  if (auto parsed = parse_certificates(ca->text, ca->what); !parsed) return parsed.error();
  config.ca_pem = std::move(ca->text);
  config.ca_file = cluster.ca_file;
  return {};
}

Result<void> set_certificate(const UserEntry& user, ClusterConfig& config) {
  if (user.cert_data.empty() && user.cert_file.empty()) {
    if (!user.key_data.empty() || !user.key_file.empty()) {
      config.warnings.push_back(user.origin + " has a client-key without a client-certificate, which is of no use");
    }
    return {};
  }
  auto cert = read_pem("client-certificate", user.cert_data, user.cert_file, user.file, user.origin);
  if (!cert) return cert.error();
  auto key = read_pem("client-key", user.key_data, user.key_file, user.file, user.origin);
  if (!key) return key.error();
  if (key->what.empty()) return about(user.origin, "has a client-certificate without a client-key");
  if (auto pair = parse_key_pair(cert->text, cert->what, key->text, key->what); !pair) return pair.error();
  config.client_cert_pem = std::move(cert->text);
  config.client_key_pem = std::move(key->text);
  // A pair that is half from a file can't rotate.
  if (!user.cert_file.empty() && !user.key_file.empty()) {
    config.client_cert_file = user.cert_file;
    config.client_key_file = user.key_file;
  }
  return {};
}

Result<void> set_token(const UserEntry& user, ClusterConfig& config) {
  if (!user.token.empty() && (!user.username.empty() || !user.password.empty())) {
    return about(user.origin, "has both a token and username and password; only one can be sent");
  }
  if (!user.token.empty() && !clean_token(user.token)) {
    return about(user.origin, "has a token with characters that no token may have");
  }
  config.token = user.token;
  config.token_file = user.token_file;
  config.username = user.username;
  config.password = user.password;
  return {};
}

bool has_authorization(const ClusterConfig& config) {
  return !config.token.empty() || !config.token_file.empty() || !config.username.empty();
}

/// client-go has dropped them all but oidc, which we have no place to keep the refreshed token of.
Result<void> check_auth_provider(const UserEntry& user, const ClusterConfig& config) {
  const std::string& name = user.auth_provider;
  if (name.empty() || (name == "oidc" && has_authorization(config))) return {};
  std::string_view instead = "an exec plugin of your provider, a token (kubectl create token) or a client certificate";
  if (name == "gcp") {
    instead = "gke-gcloud-auth-plugin: install it, then run gcloud container clusters get-credentials";
  } else if (name == "azure") {
    instead = "kubelogin: install it, then run kubelogin convert-kubeconfig";
  } else if (name == "oidc") {
    instead = "an exec plugin (kubectl oidc-login), or a token";
  }
  return about(user.origin, fmt::format("uses the auth-provider {}, which is not supported; use {}", name, instead));
}

Result<void> set_impersonation(const UserEntry& user, ClusterConfig& config) {
  const Impersonation& as = user.impersonate;
  if (as.user.empty() && !(as.uid.empty() && as.groups.empty() && as.extra.empty())) {
    return about(user.origin, "impersonates a uid, groups or extras without a user (as)");
  }
  bool sendable = is_field_value(as.user) && is_field_value(as.uid);
  for (const std::string& group : as.groups) sendable = sendable && is_field_value(group);
  for (const auto& [key, values] : as.extra) {
    for (const std::string& value : values) sendable = sendable && !key.empty() && is_field_value(value);
  }
  if (!sendable)
    return about(user.origin, "impersonates with a control character or an empty key, which can't be sent");
  config.impersonate = as;
  return {};
}

Result<void> set_user(const ConnectionEntries& entries, ClusterConfig& config) {
  const UserEntry& user = entries.user;
  if (auto set = set_certificate(user, config); !set) return set;
  if (auto set = set_token(user, config); !set) return set;
  if (auto checked = check_auth_provider(user, config); !checked) return checked;
  if (!user.exec) return {};
  auto plugin = make_exec_plugin(user, entries.cluster, config.ca_pem);
  if (!plugin) return plugin.error();
  // Other credentials go first, as in client-go: --token is a way around a plugin.
  if (has_authorization(config) || !config.client_cert_pem.empty()) return {};
  config.exec = std::make_shared<ExecSource>(std::move(*plugin));
  return {};
}

}  // namespace

Result<ClusterConfig> make_cluster_config(const ConnectionEntries& entries, const ProxyEnvironment& environment) {
  ClusterConfig config;
  config.context = entries.context;
  config.cluster = entries.cluster.name;
  config.default_namespace = entries.default_namespace.empty() ? "default" : entries.default_namespace;
  if (auto set = set_server(entries.cluster, environment, config); !set) return set.error();
  if (auto set = set_impersonation(entries.user, config); !set) return set.error();
  if (auto set = set_trust(entries.cluster, config); !set) return set.error();
  if (config.scheme == "https") {
    if (auto set = set_user(entries, config); !set) return set.error();
    return config;
  }
  config.warnings.push_back(
      fmt::format("{} is plain HTTP: anyone on the way can read and change what is said, and no credentials are sent",
                  server_of(config)));
  return config;
}

}  // namespace snaptrail::kube
