#pragma once

#include "kube/call_state.hpp"
#include "kube/cluster_config.hpp"
#include "kube/tls_context.hpp"
#include "kube/transport.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace snaptrail::kube {

/// Connects `transport`, which is new, to the server of `config`: TCP, the proxy and its tunnel if there is one, and TLS.
/// Begins the call's connect phase; its watchdog must close the transport. Returns what went wrong.
boost::asio::awaitable<std::optional<Error>> dial(Transport& transport, const ClusterConfig& config, TlsContext& tls,
                                                  CallState& call);

}  // namespace snaptrail::kube
