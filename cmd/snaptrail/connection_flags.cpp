#include "cmd/snaptrail/connection_flags.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace snaptrail::cmd {
namespace {

constexpr const char* kGroup = "Connection (as kubectl has it)";

void add_path(CLI::App& command, const std::string& flag, std::filesystem::path& path, const std::string& help) {
  command.add_option_function<std::string>(
             flag, [&path](const std::string& value) { path = value; }, help)
      ->type_name("FILE")
      ->group(kGroup);
}

void add_text(CLI::App& command, const std::string& flag, std::string& text, const std::string& help) {
  command.add_option(flag, text, help)->group(kGroup);
}

/// May be given several times, one value each; commas separate nothing.
void add_list(CLI::App& command, const std::string& flag, std::vector<std::string>& list, const std::string& help) {
  command.add_option(flag, list, help)->allow_extra_args(false)->group(kGroup);
}

}  // namespace

void add_connection_flags(CLI::App& command, kube::ConnectionOverrides& overrides) {
  add_text(command, "--cluster", overrides.cluster, "Cluster of the kubeconfig");
  add_text(command, "--user", overrides.user, "User of the kubeconfig");
  add_text(command, "-s,--server", overrides.server, "URL of the API server");
  add_text(command, "--tls-server-name", overrides.tls_server_name,
           "Name that the server's certificate must be for, instead of its host");
  add_path(command, "--certificate-authority", overrides.certificate_authority,
           "CA that the server's certificate must be signed by");
  command
      .add_flag("--insecure-skip-tls-verify", overrides.insecure_skip_tls_verify,
                "Believe whoever answers at the server's address (dangerous)")
      ->group(kGroup);
  add_text(command, "--token", overrides.token,
           "Bearer token; other users of this machine can see it in the list of processes");
  add_path(command, "--client-certificate", overrides.client_certificate, "Client certificate");
  add_path(command, "--client-key", overrides.client_key, "Key of the client certificate");
  add_text(command, "--as", overrides.as, "User to impersonate");
  add_text(command, "--as-uid", overrides.as_uid, "UID to impersonate");
  add_list(command, "--as-group", overrides.as_groups, "Group to impersonate; may be repeated");
  add_list(command, "--as-user-extra", overrides.as_user_extra, "Extra to impersonate, KEY=VALUE; may be repeated");
}

}  // namespace snaptrail::cmd
