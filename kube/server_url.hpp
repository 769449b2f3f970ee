#pragma once

#include "kube/cluster_config.hpp"

#include <boost/url/url_view.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// Takes scheme, host, port (by default the scheme's) and base path from a server URL into `config`. Without a scheme
/// (`HOST:PORT`) it is http://, as in client-go. The error (Errc::invalid_config) says what is wrong with it, and
/// quotes it unless it may hold a password.
Result<void> read_server_url(std::string_view url, ClusterConfig& config);

/// The parts of any URL that we connect to; errors (Errc::invalid_config) complete a sentence about the URL.
std::string lower_scheme(const boost::urls::url_view& url);
/// A DNS name or an IP literal, IPv6 without brackets.
Result<std::string> host_of(const boost::urls::url_view& url);
Result<std::uint16_t> port_of(const boost::urls::url_view& url, std::uint16_t default_port);

/// host:port for the Host field and for messages: IPv6 in brackets, the scheme's own port left out.
std::string authority_of(const ClusterConfig& config);

/// host:port, IPv6 in brackets: what a proxy is asked to connect to.
std::string endpoint_of(const ClusterConfig& config);

/// scheme://authority and base path, for messages.
std::string server_of(const ClusterConfig& config);

/// The context's name for messages; "(none)" where flags alone say where to connect.
std::string context_of(const ClusterConfig& config);

}  // namespace snaptrail::kube
