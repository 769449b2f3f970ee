#pragma once

#include "kube/client.hpp"
#include "kube/cluster_config.hpp"

#include <string>
#include <string_view>

namespace snaptrail::kube {

/// The head of a request, with its blank line; Content-Length and Content-Type are told of a body. `authorization` is the field's
/// value; empty: none. To a server of plain HTTP through an HTTP proxy the target is the whole URL (RFC 9112, 3.2.2).
std::string request_head(const ClusterConfig& config, const Write& request, std::string_view authorization);
/// That of a GET.
std::string request_head(const ClusterConfig& config, std::string_view target, std::string_view authorization);

/// A POST of `json`, head and body.
std::string post_request(const ClusterConfig& config, std::string_view target, std::string_view authorization,
                         std::string_view json);

/// The head of the CONNECT that asks an HTTP proxy for a tunnel to the server (RFC 9110, 9.3.6).
std::string connect_head(const ClusterConfig& config);

/// Whether the server is reached through a tunnel: all but plain HTTP through an HTTP proxy.
bool needs_tunnel(const ClusterConfig& config);

}  // namespace snaptrail::kube
