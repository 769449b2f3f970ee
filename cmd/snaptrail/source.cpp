#include "cmd/snaptrail/source.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "cmd/snaptrail/commands.hpp"

namespace snaptrail::cmd {
namespace {

constexpr const char* kLocalDaemon = "http://127.0.0.1:8080";
/// Where people usually install it; looked at where the whole cluster may not be.
constexpr const char* kUsualNamespace = "snaptrail";

constexpr const char* kOtherWays =
    "Other ways: --daemon URL (kubectl port-forward makes one), or --ledger FILE; `snaptrail demo` is at "
    "--daemon http://127.0.0.1:8080.";

std::string list_path(const std::string& ns) {
  const std::string selector = "?labelSelector=app.kubernetes.io%2Fname%3Dsnaptrail";
  return ns.empty() ? "/api/v1/services" + selector : fmt::format("/api/v1/namespaces/{}/services{}", ns, selector);
}

ServiceWish wish_of(const SourceOptions& options) {
  auto wish = parse_service(options.daemon_service, options.daemon_namespace);
  if (const auto* wrong = std::get_if<std::string>(&wish)) throw Failure(kUsage, *wrong);
  return std::get<ServiceWish>(std::move(wish));
}

/// Looks for the daemon's Service in one cluster.
class Search {
 public:
  Search(BlockingConnection& server, const kube::ClusterConfig& config, ServiceWish wish)
      : server_(server), config_(config), wish_(std::move(wish)) {}

  ServiceChoice run() {
    // A Service that is named needs no label, and getting it no right to list.
    if (!wish_.ns.empty() && !wish_.name.empty()) return named();
    std::vector<DaemonService> found;
    const auto refused = list(wish_.ns, found);
    if (!refused) return choose(found);
    if (!wish_.ns.empty()) refuse(*refused, wish_.ns);
    for (const std::string& ns : {config_.default_namespace, std::string(kUsualNamespace)}) {
      if (!ns.empty() && !list(ns, found) && !found.empty()) return choose(found);
    }
    refuse(*refused, {});
  }

 private:
  ServiceChoice choose(const std::vector<DaemonService>& services) const {
    auto choice = choose_service(services, wish_);
    if (const auto* why = std::get_if<std::string>(&choice)) {
      throw Failure(kServer, fmt::format("{} ({})\n{}", *why, cluster(), kOtherWays));
    }
    return std::get<ServiceChoice>(std::move(choice));
  }

  ServiceChoice named() {
    const auto answer = server_.get(fmt::format("/api/v1/namespaces/{}/services/{}", wish_.ns, wish_.name));
    if (answer.has_value()) return choose(services_in(parse_answer(answer.value(), cluster())));
    if (answer.error().code == kube::Errc::not_found) return choose({});
    if (answer.error().code != kube::Errc::forbidden) throw Failure(kServer, answer.error().message);
    // Who may use the proxy needs no right to look at the Service.
    return choose({{wish_.ns, wish_.name, {}, false, {{wish_.port.empty() ? "http" : wish_.port, 0, {}}}}});
  }

  /// Adds the Services of a namespace (or of all). What is returned is a refusal; any other failure is thrown.
  std::optional<kube::Error> list(const std::string& ns, std::vector<DaemonService>& found) {
    const auto answer = server_.get(list_path(ns));
    if (answer.has_value()) {
      auto services = services_in(parse_answer(answer.value(), cluster()));
      found.insert(found.end(), services.begin(), services.end());
      return std::nullopt;
    }
    if (answer.error().code == kube::Errc::forbidden) return answer.error();
    throw Failure(kServer, answer.error().message);
  }

  [[noreturn]] void refuse(const kube::Error& error, const std::string& ns) const {
    const std::string hint = ns.empty()
                                 ? "If you know the daemon's namespace, name it: --daemon-namespace NAMESPACE. Without"
                                 : fmt::format("In namespace {} the Service can't be looked for without", ns);
    throw Failure(kServer,
                  fmt::format("{}\n{} the right to list services, somebody who may can grant it with this (kubectl "
                              "apply -f -):\n\n{}\n{}",
                              error.message, hint, reader_role(ns, {}), kOtherWays));
  }

  std::string cluster() const {
    return fmt::format("context {}, {}", config_.context.empty() ? "of the flags" : config_.context,
                       server_url(config_));
  }

  BlockingConnection& server_;
  const kube::ClusterConfig& config_;
  ServiceWish wish_;
};

}  // namespace

void add_daemon_options(CLI::App& command, SourceOptions& options) {
  auto* daemon = command
                     .add_option("--daemon", options.daemon,
                                 "URL of the daemon to ask (default: the one in the kubeconfig's cluster; without a "
                                 "kubeconfig http://127.0.0.1:8080)")
                     ->type_name("URL");
  command.add_option("--daemon-namespace", options.daemon_namespace, "Namespace of the daemon's Service")
      ->type_name("NAMESPACE")
      ->excludes(daemon);
  command
      .add_option("--daemon-service", options.daemon_service,
                  "The daemon's Service: NAME, NAME:PORT or NAMESPACE/NAME:PORT (default: found by its label)")
      ->type_name("SERVICE")
      ->excludes(daemon);
}

void add_source_options(CLI::App& command, SourceOptions& options) {
  auto* ledger = command.add_option("--ledger", options.ledger, "Read this ledger file instead of asking a daemon")
                     ->type_name("FILE");
  add_daemon_options(command, options);
  for (const char* flag : {"--daemon", "--daemon-namespace", "--daemon-service"}) {
    command.get_option(flag)->excludes(ledger);
  }
  add_connection_options(command, options.connection);
}

std::unique_ptr<ApiClient> open_source(const SourceOptions& options) {
  if (!options.ledger.empty()) return ledger_in(options.ledger);
  if (!options.daemon.empty()) return daemon_at(options.daemon, options.connection.overrides);
  ServiceWish wish = wish_of(options);
  if (!names_a_cluster(options.connection)) return daemon_at(kLocalDaemon);
  const auto config = load_connection(options.connection);
  auto server = std::make_unique<BlockingConnection>(config);
  ServiceChoice choice = Search(*server, *config, std::move(wish)).run();
  return daemon_behind(std::move(choice), std::move(server));
}

}  // namespace snaptrail::cmd
