#pragma once

#include "certificates.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace snaptrail::kube::test {

/// An HTTP proxy on 127.0.0.1 that gives tunnels to 127.0.0.1, by CONNECT, over TCP or TLS. Whatever host is asked for, only
/// the port counts.
class ForwardProxy {
 public:
  explicit ForwardProxy(boost::asio::io_context& context, std::optional<Identity> tls = {});
  ~ForwardProxy();
  ForwardProxy(const ForwardProxy&) = delete;
  ForwardProxy& operator=(const ForwardProxy&) = delete;

  std::uint16_t port() const;

  std::string refusal;                ///< if set, all that a client ever gets, instead of a tunnel
  bool silent = false;                ///< answer nothing
  std::vector<std::string> requests;  ///< heads of the CONNECT requests
  std::function<void()> on_request = [] {};

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace snaptrail::kube::test
