#include <fmt/format.h>
#include <CLI/App.hpp>

#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/connection_flags.hpp"
#include "controller/daemon.hpp"
#include "kube/server_url.hpp"
#include "ledger/ledger.hpp"
#include "serving/listen_address.hpp"

namespace snaptrail::cmd {
namespace {

struct RunOptions {
  std::string config;
  std::vector<controller::Override> overrides;
  kube::ConnectionOverrides connection;
};

/// A flag that stands for one key of the configuration.
void add_key(CLI::App& command, const std::shared_ptr<RunOptions>& options, const std::string& flag,
             const std::string& key, const std::string& help) {
  command.add_option_function<std::string>(
      flag, [options, flag, key](const std::string& value) { options->overrides.push_back({key, value, flag}); }, help);
}

controller::Config configuration(const RunOptions& options) {
  try {
    controller::Config config;
    if (!options.config.empty()) config = controller::load_config(options.config);
    controller::override_config(config, options.overrides);
    controller::check_config(config);
    return config;
  } catch (const controller::ConfigError& error) {
    throw Failure(kUsage, error.what());
  }
}

std::string cluster_name(const controller::Config& config, const kube::ClusterConfig& cluster) {
  if (!config.cluster.empty()) return config.cluster;
  if (!cluster.cluster.empty()) return cluster.cluster;
  return cluster.context.empty() ? cluster.host : cluster.context;
}

int run(const RunOptions& options) {
  controller::DaemonOptions daemon;
  daemon.config = configuration(options);
  daemon.version = SNAPTRAIL_VERSION;
  daemon.config_file = options.config;
  daemon.overrides = options.overrides;
  kube::KubeconfigSource source;
  source.path = daemon.config.kubeconfig;
  source.context = daemon.config.context;
  source.overrides = options.connection;
  auto found = kube::find_cluster_config(source);
  if (found.has_error()) throw Failure(kUsage, found.error().message);
  daemon.cluster = cluster_name(daemon.config, found.value());
  const controller::Log log(daemon.config.log);
  log.info(fmt::format("snaptrail {} cluster={} server={}{}", SNAPTRAIL_VERSION, daemon.cluster,
                       kube::server_of(found.value()),
                       found.value().proxy ? " proxy=" + kube::display_of(*found.value().proxy) : ""));
  for (const std::string& warning : found.value().warnings) log.warn(warning);
  try {
    controller::Daemon machine(std::move(daemon), log);
    machine.run(std::make_shared<const kube::ClusterConfig>(std::move(found.value())));
  } catch (const ledger::Error& error) {
    throw Failure(kUsage, error.what());
  } catch (const serving::ServeError& error) {
    throw Failure(kUsage, error.what());
  }
  return kFine;
}

}  // namespace

void add_run(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<RunOptions>();
  auto* command = program.add_subcommand("run", "Follow a cluster: the daemon");
  command->add_option("--config", options->config, "Configuration file (docs/config.md); flags win over it");
  add_key(*command, options, "--kubeconfig", "kubeconfig",
          "Kubeconfig (default: as kubectl finds it, else in-cluster)");
  add_key(*command, options, "--context", "context", "Context of the kubeconfig");
  add_connection_flags(*command, options->connection);
  add_key(*command, options, "--cluster-name", "cluster", "Name of the cluster in rows and metrics");
  add_key(*command, options, "--ledger", "ledger.path", "The ledger's file");
  add_key(*command, options, "--retention", "ledger.retention", "How long rows are kept, e.g. 180d; 0: for ever");
  add_key(*command, options, "--namespaces", "watch.namespaces", "Follow these namespaces only, e.g. shop,payments");
  add_key(*command, options, "--namespace-selector", "watch.namespaceSelector",
          "Follow the namespaces with these labels only, e.g. team=payments");
  add_key(*command, options, "--listen", "listen", "Where /metrics and the page are served, e.g. [::]:8080");
  add_key(*command, options, "--log-level", "log.level", "debug, info, warn or error");
  add_key(*command, options, "--log-format", "log.format", "text or json");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace snaptrail::cmd
