#include "kube/no_proxy.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>

namespace snaptrail::kube {
namespace {

using Address = boost::asio::ip::address;
using Bytes = std::array<unsigned char, 16>;

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lowered;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<Address> address_of(std::string_view text) {
  boost::system::error_code no_literal;
  Address address = boost::asio::ip::make_address(std::string(text), no_literal);
  if (no_literal) return std::nullopt;
  return address;
}

bool is_ipv4(const Address& address) { return address.is_v4() || address.to_v6().is_v4_mapped(); }

/// IPv4 as ::ffff:a.b.c.d, so that both notations of one address are equal.
Bytes bytes_of(const Address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  Bytes bytes{};
  bytes[10] = bytes[11] = 0xff;
  const auto four = address.to_v4().to_bytes();
  std::copy(four.begin(), four.end(), bytes.begin() + 12);
  return bytes;
}

bool is_loopback(const Address& address) {
  return is_ipv4(address) ? bytes_of(address)[12] == 127 : address.to_v6().is_loopback();
}

struct Range {
  Address network;
  unsigned bits = 0;
};

std::optional<Range> range_of(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto network = address_of(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  const bool is_number = failed == std::errc() && end == digits.data() + digits.size();
  if (!network || !is_number || bits > (network->is_v4() ? 32u : 128u)) return std::nullopt;
  return Range{*network, bits};
}

bool contains(const Range& range, const Address& address) {
  if (is_ipv4(range.network) != is_ipv4(address)) return false;
  const Bytes left = bytes_of(range.network);
  const Bytes right = bytes_of(address);
  const unsigned bits = range.network.is_v4() ? range.bits + 96 : range.bits;
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80u >> (bit % 8);
    if ((left[bit / 8] & mask) != (right[bit / 8] & mask)) return false;
  }
  return true;
}

struct HostPort {
  std::string_view host;
  std::string_view port;  ///< empty: any
};

/// Splits `host:port` and `[host]:port`; a text of another form is all host (net.SplitHostPort and its caller).
HostPort split(std::string_view entry) {
  const auto colon = entry.rfind(':');
  if (colon == entry.npos) return {entry, {}};
  const std::string_view host = entry.substr(0, colon);
  const std::string_view port = entry.substr(colon + 1);
  if (host.starts_with('[')) {
    const bool closed = host.ends_with(']') && host.find(']') == host.size() - 1;
    return closed ? HostPort{host.substr(1, host.size() - 2), port} : HostPort{entry, {}};
  }
  if (host.find_first_of(":[]") != host.npos) return {entry, {}};
  return {host, port};
}

/// The server that an entry is compared with.
struct Server {
  std::string name;  ///< in lower case
  std::optional<Address> address;
  std::string port;
};

bool names(std::string_view entry, const Server& server) {
  if (const auto range = range_of(entry)) return server.address && contains(*range, *server.address);
  auto [host, port] = split(entry);
  if (host.empty()) return false;
  if (!port.empty() && port != server.port) return false;
  if (const auto address = address_of(host)) {
    return server.address && bytes_of(*address) == bytes_of(*server.address);
  }
  if (server.address) return false;
  if (host.starts_with("*.")) host.remove_prefix(1);
  if (host.starts_with('.')) return server.name.ends_with(host);
  return server.name == host || server.name.ends_with("." + std::string(host));
}

}  // namespace

bool bypasses_proxy(std::string_view host, std::uint16_t port, std::string_view no_proxy) {
  const Server server{lower(trimmed(host)), address_of(host), std::to_string(port)};
  if (host == "localhost" || (server.address && is_loopback(*server.address))) return true;
  const std::string list = lower(no_proxy);
  for (std::string_view rest = list; !rest.empty();) {
    const auto comma = rest.find(',');
    const std::string_view entry = trimmed(rest.substr(0, comma));
    if (entry == "*" || (!entry.empty() && names(entry, server))) return true;
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  return false;
}

}  // namespace snaptrail::kube
