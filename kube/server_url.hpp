#pragma once

#include "kube/cluster_config.hpp"

#include <string_view>

namespace snaptrail::kube {

/// Takes scheme, host, port (by default the scheme's) and base path from a server URL into `config`. The
/// error (Errc::invalid_config) says what is wrong with it, and quotes it unless it may hold a password.
Result<void> read_server_url(std::string_view url, ClusterConfig& config);

/// host:port for the Host field and for messages: IPv6 in brackets, the scheme's own port left out.
std::string authority_of(const ClusterConfig& config);

/// scheme://authority and base path, for messages.
std::string server_of(const ClusterConfig& config);

}  // namespace snaptrail::kube
