#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace snaptrail::serving {

enum class ServeErrc {
  bad_address,      ///< no address and port that we can listen on
  address_in_use,   ///< another process listens there
  not_allowed,      ///< the port needs a privilege
  not_available,    ///< the address is none of this machine's, or the system has no IPv6
  bad_certificate,  ///< certificate or private key can't be used
  failed,           ///< any other reason; the message has the system's
};

/// Thrown when listening fails. `what()` says where, why and what to do.
class ServeError : public std::runtime_error {
 public:
  ServeError(ServeErrc code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ServeErrc code() const { return code_; }

 private:
  ServeErrc code_;
};

/// Where to listen: an IP address (IPv6 without brackets) and a port; port 0 lets the system choose one.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  /// `127.0.0.1:8080`, `[::1]:8080`.
  std::string str() const;
};

/// Reads `127.0.0.1:8080`, `[::]:8080` (all of IPv6 and IPv4) or `:8080` (the same). Throws ServeError(bad_address).
ListenAddress parse_listen_address(std::string_view text);

}  // namespace snaptrail::serving
