#include "kube/connection_entries.hpp"
#include "kube/local_error.hpp"

#include <fmt/format.h>

namespace snaptrail::kube {
namespace {

void override_cluster(const ConnectionOverrides& overrides, ClusterEntry& cluster) {
  if (!overrides.server.empty()) {
    cluster.server = overrides.server;
    if (cluster.origin.empty()) cluster.origin = "--server";
  }
  // A CA that was given, or the wish for none, replaces all that the file says of either.
  if (overrides.insecure_skip_tls_verify || !overrides.certificate_authority.empty()) {
    cluster.insecure_skip_tls_verify = overrides.insecure_skip_tls_verify;
    cluster.ca_file = overrides.certificate_authority;
    cluster.ca_data.clear();
  }
  // The file's name is for the file's server, not for another one.
  if (!overrides.server.empty() || !overrides.tls_server_name.empty()) {
    cluster.tls_server_name = overrides.tls_server_name;
  }
}

Result<void> override_impersonation(const ConnectionOverrides& overrides, Impersonation& impersonate) {
  if (!overrides.as.empty()) impersonate.user = overrides.as;
  if (!overrides.as_uid.empty()) impersonate.uid = overrides.as_uid;
  if (!overrides.as_groups.empty()) impersonate.groups = overrides.as_groups;
  Impersonation given;
  for (const std::string& extra : overrides.as_user_extra) {
    const auto equals = extra.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return config_error(fmt::format("--as-user-extra {}: it must be KEY=VALUE", extra));
    }
    given.extra[extra.substr(0, equals)].push_back(extra.substr(equals + 1));
  }
  for (auto& [key, values] : given.extra) impersonate.extra[key] = std::move(values);
  return {};
}

}  // namespace

Result<void> apply_overrides(const ConnectionOverrides& overrides, ClusterEntry& cluster, UserEntry& user) {
  override_cluster(overrides, cluster);
  if (!overrides.token.empty()) {
    user.token = overrides.token;
    user.token_file.clear();
  }
  if (!overrides.client_certificate.empty()) {
    user.cert_file = overrides.client_certificate;
    user.cert_data.clear();
  }
  if (!overrides.client_key.empty()) {
    user.key_file = overrides.client_key;
    user.key_data.clear();
  }
  if (user.origin.empty()) user.origin = "the user given by flags";
  return override_impersonation(overrides, user.impersonate);
}

}  // namespace snaptrail::kube
