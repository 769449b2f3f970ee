#include "cmd/snaptrail/daemon_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cmd/snaptrail/output.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

const json::object* object_in(const json::object& parent, std::string_view name) {
  const auto* value = parent.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_in(const json::object& parent, std::string_view name) {
  const auto* value = parent.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

/// What the API allows in the names of namespaces, Services and their ports, and so what may stand in a path.
bool is_name(std::string_view text) {
  const auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 253 && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

std::vector<ServicePort> ports_in(const json::object& spec) {
  std::vector<ServicePort> ports;
  const json::array* entries = array_in(spec, "ports");
  if (entries == nullptr) return ports;
  for (const json::value& entry : *entries) {
    const json::object* port = entry.if_object();
    const json::value* number = port == nullptr ? nullptr : port->if_contains("port");
    if (number == nullptr || !number->is_int64()) continue;
    ServicePort found{text_in(*port, "name"), number->get_int64(), text_in(*port, "appProtocol")};
    const std::string protocol = text_in(*port, "protocol");
    const bool is_tcp = protocol.empty() || protocol == "TCP";
    if (is_tcp && (found.name.empty() || is_name(found.name))) ports.push_back(std::move(found));
  }
  return ports;
}

void add_service(const json::object& object, std::vector<DaemonService>& services) {
  const json::object* meta = object_in(object, "metadata");
  const json::object* spec = object_in(object, "spec");
  if (meta == nullptr || spec == nullptr) return;
  DaemonService service;
  service.ns = text_in(*meta, "namespace");
  service.name = text_in(*meta, "name");
  if (!is_name(service.ns) || !is_name(service.name)) return;
  if (const json::object* labels = object_in(*meta, "labels")) {
    service.instance = text_in(*labels, "app.kubernetes.io/instance");
  }
  service.headless = text_in(*spec, "clusterIP") == "None";
  service.ports = ports_in(*spec);
  services.push_back(std::move(service));
}

std::string names_of(const std::vector<DaemonService>& services) {
  std::string names;
  for (const DaemonService& service : services) {
    names += fmt::format("{}{}/{}", names.empty() ? "" : ", ", service.ns, service.name);
  }
  return names;
}

std::string names_of(const std::vector<ServicePort>& ports) {
  std::string names;
  for (const ServicePort& port : ports) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", port.name.empty() ? std::to_string(port.port) : port.name);
  }
  return names.empty() ? "none" : names;
}

const ServicePort* find_port(const std::vector<ServicePort>& ports, std::string_view wish) {
  const auto named = [&](std::string_view name) {
    const auto found = std::ranges::find_if(
        ports, [name](const ServicePort& port) { return port.name == name || std::to_string(port.port) == name; });
    return found == ports.end() ? nullptr : &*found;
  };
  if (!wish.empty()) return named(wish);
  if (const ServicePort* http = named("http")) return http;
  if (const ServicePort* https = named("https")) return https;
  return ports.size() == 1 ? &ports.front() : nullptr;
}

ServiceChoice choice_of(const DaemonService& service, const ServicePort& port) {
  const bool is_tls = port.name == "https" || port.app_protocol == "https" || port.app_protocol == "HTTPS";
  return {service.ns, service.name,
          fmt::format("{}:{}:{}", is_tls ? "https" : "http", service.name,
                      port.name.empty() ? std::to_string(port.port) : port.name)};
}

}  // namespace

std::vector<DaemonService> services_in(const json::object& list) {
  std::vector<DaemonService> services;
  if (const json::array* items = array_in(list, "items")) {
    for (const json::value& item : *items) {
      if (const json::object* object = item.if_object()) add_service(*object, services);
    }
  } else {
    add_service(list, services);
  }
  return services;
}

std::variant<ServiceWish, std::string> parse_service(std::string_view text, std::string_view ns) {
  ServiceWish wish;
  wish.ns = ns;
  const std::string shown = objects::to_printable(text.substr(0, 80));
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    if (!ns.empty() && ns != text.substr(0, slash)) {
      return fmt::format("--daemon-service {} and --daemon-namespace {} name different namespaces", shown,
                         objects::to_printable(ns));
    }
    wish.ns = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  const auto colon = text.find(':');
  wish.name = text.substr(0, colon);
  if (colon != std::string_view::npos) wish.port = text.substr(colon + 1);
  const bool fits = (wish.ns.empty() || is_name(wish.ns)) && (wish.name.empty() || is_name(wish.name)) &&
                    (colon == std::string_view::npos || is_name(wish.port));
  if (!fits) return fmt::format("--daemon-service {}: write NAME, NAME:PORT or NAMESPACE/NAME:PORT", shown);
  return wish;
}

std::string ServiceChoice::proxy_path() const {
  return fmt::format("/api/v1/namespaces/{}/services/{}/proxy", ns, segment);
}

std::variant<ServiceChoice, std::string> choose_service(const std::vector<DaemonService>& services,
                                                        const ServiceWish& wish) {
  std::vector<DaemonService> left;
  std::ranges::copy_if(services, std::back_inserter(left), [&](const DaemonService& service) {
    return (wish.ns.empty() || service.ns == wish.ns) && (wish.name.empty() || service.name == wish.name);
  });
  if (left.empty()) {
    return fmt::format("there is no snaptrail daemon{}: no Service {}with the label {}",
                       wish.ns.empty() ? "" : " in namespace " + wish.ns, wish.name.empty() ? "" : wish.name + " ",
                       kServiceLabel);
  }
  const bool one_release = std::ranges::all_of(left, [&](const DaemonService& service) {
    return service.ns == left.front().ns && service.instance == left.front().instance;
  });
  const bool has_ordinary = std::ranges::any_of(left, [](const DaemonService& service) { return !service.headless; });
  if (one_release && has_ordinary) std::erase_if(left, [](const DaemonService& service) { return service.headless; });
  if (left.size() > 1) {
    return fmt::format(
        "there are several snaptrail daemons: {}; choose one with --daemon-service NAMESPACE/NAME, or its namespace "
        "with "
        "--daemon-namespace",
        names_of(left));
  }
  const ServicePort* port = find_port(left.front().ports, wish.port);
  if (port == nullptr) {
    return fmt::format("service {}/{} has {}; its ports are {}: choose one with --daemon-service {}:PORT",
                       left.front().ns, left.front().name,
                       wish.port.empty() ? "no port named http" : "no port " + wish.port, names_of(left.front().ports),
                       left.front().name);
  }
  return choice_of(left.front(), *port);
}

std::string reader_role(std::string_view ns, std::string_view segment) {
  return fmt::format(R"(apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  namespace: {0}
  name: snaptrail-reader
rules:
  - apiGroups: [""]
    resources: [services]
    verbs: [get, list]
  - apiGroups: [""]
    resources: [services/proxy]
    resourceNames: ["{1}"]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  namespace: {0}
  name: snaptrail-reader
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: snaptrail-reader
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: YOUR-NAME # as `kubectl auth whoami` says it
)",
                     ns.empty() ? "NAMESPACE-OF-SNAPTRAIL" : ns, segment.empty() ? "http:snaptrail:http" : segment);
}

std::string direct_way(const ServiceChoice& service) {
  const bool is_tls = service.segment.starts_with("https:");
  const std::string port = service.segment.substr(service.segment.rfind(':') + 1);
  return fmt::format(
      "  kubectl -n {0} port-forward svc/{1} 18080:{2} &\n"
      "  snaptrail status --daemon {3}://127.0.0.1:18080{4} --token \"$(kubectl -n {0} create token ACCOUNT)\"\n\n"
      "ACCOUNT: a ServiceAccount that may get the nonResourceURL /api/v1/* (docs/security.md).",
      service.ns, service.name, port, is_tls ? "https" : "http",
      is_tls ? fmt::format(" --tls-server-name {}.{}.svc --certificate-authority FILE", service.name, service.ns) : "");
}

}  // namespace snaptrail::cmd
