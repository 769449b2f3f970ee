#include "kube/server_url.hpp"

#include "kube/local_error.hpp"

#include <fmt/format.h>
#include <boost/url.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

namespace snaptrail::kube {
namespace {

std::uint16_t default_port(std::string_view scheme) { return scheme == "http" ? 80 : 443; }

/// Letters, digits and what DNS names hold; anything else could break out of a header line.
bool is_host_name(std::string_view host) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  return !host.empty() && host.size() <= 253 && host.find_first_not_of(kAllowed) == host.npos;
}

Result<void> read_parts(std::string_view text, ClusterConfig& config) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return config_error("it is no URL; write it as https://HOST:PORT");
  const boost::urls::url_view& url = *parsed;
  std::string scheme = lower_scheme(url);
  if (scheme != "https" && scheme != "http") return config_error("only https:// and http:// are supported");
  if (url.has_userinfo()) return config_error("user and password in the URL are not supported");
  if (url.has_query() || url.has_fragment()) return config_error("it must have no query and no fragment");
  auto host = host_of(url);
  if (!host) return host.error();
  const auto port = port_of(url, default_port(scheme));
  if (!port) return port.error();
  config.scheme = std::move(scheme);
  config.host = std::move(*host);
  config.port = *port;
  const auto path = url.encoded_path();
  config.base_path.assign(path.data(), path.size());
  while (config.base_path.ends_with('/')) config.base_path.pop_back();
  return {};
}

bool has_scheme(std::string_view url) { return url.find("://") != url.npos; }

std::string bracketed(const std::string& host) {
  return host.find(':') != std::string::npos ? fmt::format("[{}]", host) : host;
}

}  // namespace

std::string lower_scheme(const boost::urls::url_view& url) {
  std::string scheme(url.scheme());
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return scheme;
}

Result<std::string> host_of(const boost::urls::url_view& url) {
  using boost::urls::host_type;
  const host_type type = url.host_type();
  if (type == host_type::ipv4 || type == host_type::ipv6) return std::string(url.host_address());
  if (type != host_type::name) return config_error("its host is none that can be connected to");
  std::string host(url.host_name());
  if (!is_host_name(host)) return config_error("its host is empty or no DNS name");
  return host;
}

Result<std::uint16_t> port_of(const boost::urls::url_view& url, std::uint16_t default_port) {
  const std::string text(url.port());
  if (text.empty()) return default_port;
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc() || end != text.data() + text.size() || port == 0) {
    return config_error("its port is none from 1 to 65535");
  }
  return port;
}

Result<void> read_server_url(std::string_view url, ClusterConfig& config) {
  if (url.empty()) return config_error("the cluster has no server URL");
  auto read = read_parts(has_scheme(url) ? std::string(url) : fmt::format("http://{}", url), config);
  if (read && !has_scheme(url) && !config.base_path.empty()) {
    read = config_error("it is no URL; write it as https://HOST:PORT");
  }
  if (read) return {};
  if (url.find('@') != url.npos) return config_error("the cluster's server URL can't be used: " + read.error().message);
  return config_error(fmt::format("the cluster's server URL {} can't be used: {}", url, read.error().message));
}

std::string authority_of(const ClusterConfig& config) {
  std::string authority = bracketed(config.host);
  if (config.port != default_port(config.scheme)) authority += fmt::format(":{}", config.port);
  return authority;
}

std::string endpoint_of(const ClusterConfig& config) {
  return fmt::format("{}:{}", bracketed(config.host), config.port);
}

std::string server_of(const ClusterConfig& config) {
  return fmt::format("{}://{}{}", config.scheme, authority_of(config), config.base_path);
}

std::string context_of(const ClusterConfig& config) { return config.context.empty() ? "(none)" : config.context; }

}  // namespace snaptrail::kube
