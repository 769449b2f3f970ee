#pragma once

#include "kube/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// The proxy that a cluster is reached through.
struct Proxy {
  enum class Kind {
    http,    ///< CONNECT over plain TCP
    https,   ///< CONNECT over TLS with the proxy
    socks5,  ///< RFC 1928, names resolved by the proxy
  };
  Kind kind = Kind::http;
  std::string host;  ///< name or IP literal (IPv6 without brackets)
  std::uint16_t port = 0;
  std::optional<std::string> user;  ///< the URL's user info, decoded; nullopt: none. Never to be logged
  std::string password;
  std::string origin;  ///< where it was set, for messages: "proxy-url", "$HTTPS_PROXY"
};

/// SCHEME://HOST:PORT for messages; without user and password.
std::string display_of(const Proxy& proxy);

/// Reads a proxy's URL: http, https and socks5, by default at port 80, 443 and 1080. The error
/// (Errc::invalid_config) names `origin` and what is wrong, and quotes nothing of a URL with user info.
Result<Proxy> parse_proxy_url(std::string_view url, std::string_view origin);

/// The environment's proxies; empty: not set.
struct ProxyEnvironment {
  std::string http_proxy;   ///< HTTP_PROXY, else http_proxy: for http:// servers
  std::string https_proxy;  ///< HTTPS_PROXY, else https_proxy: for https:// servers
  std::string no_proxy;     ///< NO_PROXY, else no_proxy
};

/// Reads this process's environment.
ProxyEnvironment proxy_environment();

/// The environment's proxy for a server, by the rules of Go's httpproxy (golang.org/x/net/http/httpproxy), which
/// kubectl has: none for localhost and loopback addresses, nor for what no_proxy names; a value without a scheme is
/// http://. An error if the value is no URL that can be used.
Result<std::optional<Proxy>> proxy_for(const ProxyEnvironment& environment, std::string_view scheme,
                                       const std::string& host, std::uint16_t port);

/// The fields' value of Proxy-Authorization; empty if the proxy's URL has no user info.
std::string proxy_authorization(const Proxy& proxy);

}  // namespace snaptrail::kube
