// Prints what kube/ makes of the connection flags, the kubeconfig and the environment, in the form of
// test/e2e/controlplane/clientconfig, which prints what client-go makes of them: test_kubeconfig.py compares the two.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/snaptrail/connection_flags.hpp"
#include "kube/cluster_config.hpp"
#include "kube/credentials.hpp"
#include "kube/request_head.hpp"
#include "kube/server_url.hpp"
#include "kube/tls_error.hpp"

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace snaptrail;

json::object failure(const kube::Error& error) { return {{"error", error.message}}; }

json::object endpoint(std::string_view scheme, std::string_view host, std::uint16_t port, std::string_view path,
                      std::string_view user, std::string_view password) {
  return {{"scheme", scheme}, {"host", host}, {"port", std::to_string(port)},
          {"path", path},     {"user", user}, {"password", password}};
}

json::value proxy_of(const kube::ClusterConfig& config) {
  if (!config.proxy) return nullptr;
  const kube::Proxy& proxy = *config.proxy;
  const std::string shown = kube::display_of(proxy);
  return endpoint(shown.substr(0, shown.find(':')), proxy.host, proxy.port, "", proxy.user.value_or(""),
                  proxy.password);
}

/// The fields that prove or change who asks.
json::object headers_of(const kube::ClusterConfig& config, const kube::Presented& presented) {
  json::object headers;
  const std::string text = kube::request_head(config, "/", presented.authorization);
  for (std::string_view head = text; !head.empty();) {
    const auto end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    const auto colon = line.find(": ");
    if (!line.starts_with("Authorization") && !line.starts_with("Impersonate-")) continue;
    json::value& values = headers[line.substr(0, colon)];
    if (values.is_null()) values.emplace_array();
    values.get_array().emplace_back(line.substr(colon + 2));
  }
  return headers;
}

kube::Result<kube::Presented> credentials_of(const kube::ClusterConfig& config) {
  asio::io_context io{1};
  kube::Credentials credentials(io.get_executor(), config);
  std::optional<kube::Result<kube::Presented>> got;
  std::exception_ptr broken;
  asio::co_spawn(io, credentials.current(), [&](std::exception_ptr thrown, kube::Result<kube::Presented> result) {
    broken = thrown;
    got = std::move(result);
  });
  io.run();
  if (broken) std::rethrow_exception(broken);
  return std::move(got.value());
}

json::object describe(const kube::KubeconfigSource& source) {
  const auto config = kube::find_cluster_config(source);
  if (!config) return failure(config.error());
  const auto presented = credentials_of(*config);
  if (!presented) return failure(presented.error());
  const std::string& plugin_cert = presented->plugin ? presented->plugin->cert_pem : config->client_cert_pem;
  return {{"server", endpoint(config->scheme, config->host, config->port, config->base_path, "", "")},
          {"proxy", proxy_of(*config)},
          {"namespace", config->default_namespace},
          {"tlsName", kube::peer_of(*config).name},
          {"insecure", config->insecure_skip_tls_verify},
          {"ca", config->ca_pem},
          {"clientCertificate", plugin_cert},
          {"headers", headers_of(*config, *presented)}};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("Prints how kube/ would connect", "connection_dump");
  kube::KubeconfigSource source;
  std::string kubeconfig;
  program.add_option("--kubeconfig", kubeconfig);
  program.add_option("--context", source.context);
  cmd::add_connection_flags(program, source.overrides);
  CLI11_PARSE(program, argc, argv);
  source.path = kubeconfig;
  const std::string text = json::serialize(describe(source));
  std::printf("%s\n", text.c_str());
  return 0;
}
