#include "kube/request_head.hpp"

#include "kube/server_url.hpp"

#include <fmt/format.h>

namespace snaptrail::kube {
namespace {

constexpr std::string_view kUserAgent = "snaptrail/" SNAPTRAIL_VERSION;

std::string proxy_field(const Proxy& proxy) {
  const std::string value = proxy_authorization(proxy);
  return value.empty() ? "" : fmt::format("Proxy-Authorization: {}\r\n", value);
}

}  // namespace

bool needs_tunnel(const ClusterConfig& config) {
  return config.proxy && (config.scheme == "https" || config.proxy->kind == Proxy::Kind::socks5);
}

std::string request_head(const ClusterConfig& config, const Write& request, std::string_view authorization) {
  const bool whole_url = config.proxy && !needs_tunnel(config);
  std::string head = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept: {}\r\n", request.method,
                                 whole_url ? server_of(config) : config.base_path, request.target, authority_of(config),
                                 kUserAgent, request.accept);
  if (!request.body.empty()) {
    head += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", request.content_type, request.body.size());
  }
  if (!authorization.empty()) head += fmt::format("Authorization: {}\r\n", authorization);
  head += impersonation_fields(config.impersonate);
  if (whole_url) head += proxy_field(*config.proxy);
  return head + "\r\n";
}

std::string request_head(const ClusterConfig& config, std::string_view target, std::string_view authorization) {
  return request_head(config, Write{"GET", std::string(target), {}, {}}, authorization);
}

std::string connect_head(const ClusterConfig& config) {
  const std::string endpoint = endpoint_of(config);
  return fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\n{}\r\n", endpoint, endpoint, kUserAgent,
                     proxy_field(*config.proxy));
}

}  // namespace snaptrail::kube
