#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The daemon's Service in a cluster, and the way to it through the API server's service proxy. Pure.
namespace snaptrail::cmd {

/// What the daemon's Service is found by.
inline constexpr std::string_view kServiceLabel = "app.kubernetes.io/name=snaptrail";

struct ServicePort {
  std::string name;  ///< empty where the Service has one port only
  std::int64_t port = 0;
  std::string app_protocol;
};

struct DaemonService {
  std::string ns;
  std::string name;
  std::string instance;  ///< label app.kubernetes.io/instance: the Helm release
  bool headless = false;
  std::vector<ServicePort> ports;
};

/// The Services of a list as the API server sends it (or of one Service). What is none is left out.
std::vector<DaemonService> services_in(const boost::json::object& list);

/// What the user said of it; empty: anything.
struct ServiceWish {
  std::string ns;
  std::string name;
  std::string port;  ///< name or number
};

/// Reads `NAME`, `NAME:PORT` or `NAMESPACE/NAME:PORT` of --daemon-service. A text saying what is wrong, where it is.
std::variant<ServiceWish, std::string> parse_service(std::string_view text, std::string_view ns);

/// Where the daemon is asked.
struct ServiceChoice {
  std::string ns;
  std::string name;
  std::string segment;  ///< `http:NAME:PORT`, as the proxy's path names it

  std::string proxy_path() const;
  std::string where() const { return "service " + ns + "/" + name; }
};

/// The one Service that is meant, or a message that says that there is none, or names those that there are. A headless Service
/// of a release steps back behind an ordinary one; among ports the one named http (or https) is meant, or the only one.
std::variant<ServiceChoice, std::string> choose_service(const std::vector<DaemonService>& services,
                                                        const ServiceWish& wish);

/// The Role and RoleBinding, as YAML, with which somebody may find the daemon and ask it; empty names become placeholders.
std::string reader_role(std::string_view ns, std::string_view segment);

/// Commands by which a daemon that asks for a token is reached, the proxy of the API server handing none on.
std::string direct_way(const ServiceChoice& service);

}  // namespace snaptrail::cmd
