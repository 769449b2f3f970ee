#include "serving/listen_address.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "objects/utf8.hpp"

namespace snaptrail::serving {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw ServeError(
      ServeErrc::bad_address,
      fmt::format("can't listen on \"{}\": {}; write an IP address and a port, like 0.0.0.0:8080, [::]:8080 or :8080",
                  objects::to_printable(text), why));
}

}  // namespace

std::string ListenAddress::str() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

ListenAddress parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) refuse(text, "there is no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);

  ListenAddress address;
  const char* end = port_text.data() + port_text.size();
  const auto [stop, error] = std::from_chars(port_text.data(), end, address.port);
  if (port_text.empty() || error != std::errc() || stop != end) refuse(text, "the port is no number from 0 to 65535");

  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  address.host = text.substr(0, colon).empty() ? "::" : std::string(host);
  boost::system::error_code ec;
  const auto ip = boost::asio::ip::make_address(address.host, ec);
  if (ec) refuse(text, "the host is no IP address");
  if (!text.substr(0, colon).empty() && ip.is_v6() != bracketed)
    refuse(text, "IPv6 addresses, and only these, go in brackets");
  return address;
}

}  // namespace snaptrail::serving
