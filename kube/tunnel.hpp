#pragma once

#include "kube/cluster_config.hpp"
#include "kube/transport.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// How asking for a tunnel ended: both empty, there is one.
struct Tunnelled {
  boost::system::error_code error;  ///< of the stream; whose end it was is the caller's to ask
  std::string refusal;              ///< why the proxy gives none
};

/// Asks the proxy at the other end of `transport` to connect us to the server of `config` (HTTP CONNECT or SOCKS5). Sets
/// no deadline: Transport::close() ends it.
boost::asio::awaitable<Tunnelled> open_tunnel(Transport& transport, const ClusterConfig& config);

/// What a proxy's answer to CONNECT says so far. Pure.
struct ConnectAnswer {
  bool complete = false;
  std::string refusal;  ///< empty: connected, once it is complete
};
ConnectAnswer read_connect_answer(std::string_view bytes);

}  // namespace snaptrail::kube
