#include "kube/proxy.hpp"

#include "kube/base64.hpp"
#include "kube/local_error.hpp"
#include "kube/no_proxy.hpp"
#include "kube/server_url.hpp"

#include <fmt/format.h>
#include <boost/url.hpp>

#include <cstdlib>

namespace snaptrail::kube {
namespace {

std::string environment(const char* name, const char* other_name) {
  for (const char* candidate : {name, other_name}) {
    const char* value = std::getenv(candidate);
    if (value && *value) return value;
  }
  return {};
}

std::string_view scheme_of(Proxy::Kind kind) {
  switch (kind) {
    case Proxy::Kind::http: return "http";
    case Proxy::Kind::https: return "https";
    case Proxy::Kind::socks5: return "socks5";
  }
  return "";
}

std::optional<Proxy::Kind> kind_of(std::string_view scheme) {
  if (scheme == "http") return Proxy::Kind::http;
  if (scheme == "https") return Proxy::Kind::https;
  // Go resolves by the proxy for either name.
  if (scheme == "socks5" || scheme == "socks5h") return Proxy::Kind::socks5;
  return std::nullopt;
}

std::uint16_t default_port(Proxy::Kind kind) {
  switch (kind) {
    case Proxy::Kind::http: return 80;
    case Proxy::Kind::https: return 443;
    case Proxy::Kind::socks5: return 1080;
  }
  return 0;
}

Result<Proxy> read_parts(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return config_error("it is no URL; write it as http://HOST:PORT");
  const boost::urls::url_view& url = *parsed;
  const auto kind = kind_of(lower_scheme(url));
  if (!kind) return config_error("its scheme must be http, https or socks5");
  Proxy proxy;
  proxy.kind = *kind;
  auto host = host_of(url);
  if (!host) return host.error();
  proxy.host = std::move(*host);
  const auto port = port_of(url, default_port(*kind));
  if (!port) return port.error();
  proxy.port = *port;
  if (url.has_userinfo()) {
    proxy.user = std::string(url.user());
    proxy.password = std::string(url.password());
  }
  return proxy;
}

bool has_scheme(std::string_view url) { return url.find("://") != url.npos; }

}  // namespace

std::string display_of(const Proxy& proxy) {
  const bool ipv6 = proxy.host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("{}://[{}]:{}", scheme_of(proxy.kind), proxy.host, proxy.port)
              : fmt::format("{}://{}:{}", scheme_of(proxy.kind), proxy.host, proxy.port);
}

Result<Proxy> parse_proxy_url(std::string_view url, std::string_view origin) {
  auto proxy = read_parts(url);
  if (!proxy) {
    const std::string quoted = url.find('@') == url.npos ? fmt::format(" {}", url) : "";
    return config_error(fmt::format("the proxy{} of {} can't be used: {}", quoted, origin, proxy.error().message));
  }
  proxy->origin = origin;
  return proxy;
}

ProxyEnvironment proxy_environment() {
  return {environment("HTTP_PROXY", "http_proxy"), environment("HTTPS_PROXY", "https_proxy"),
          environment("NO_PROXY", "no_proxy")};
}

Result<std::optional<Proxy>> proxy_for(const ProxyEnvironment& environment, std::string_view scheme,
                                       const std::string& host, std::uint16_t port) {
  const bool secure = scheme == "https";
  const std::string& value = secure ? environment.https_proxy : environment.http_proxy;
  if (value.empty() || bypasses_proxy(host, port, environment.no_proxy)) return std::optional<Proxy>();
  auto proxy = parse_proxy_url(has_scheme(value) ? value : "http://" + value, secure ? "$HTTPS_PROXY" : "$HTTP_PROXY");
  if (!proxy) return proxy.error();
  return std::optional<Proxy>(std::move(*proxy));
}

std::string proxy_authorization(const Proxy& proxy) {
  if (!proxy.user) return {};
  return "Basic " + encode_base64(fmt::format("{}:{}", *proxy.user, proxy.password));
}

}  // namespace snaptrail::kube
