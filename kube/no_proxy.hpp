#pragma once

#include <cstdint>
#include <string_view>

namespace snaptrail::kube {

/// Whether a server is to be reached without the environment's proxy: it is `localhost`, a loopback address, or is named
/// by `no_proxy`, a list with commas as Go's httpproxy reads it: `*` (all), an address, a CIDR range, a domain (with
/// its subdomains), `.domain` or `*.domain` (only these); addresses and domains may have a `:port`. What is no such
/// entry matches nothing. `host` is a name or an IP literal without brackets.
bool bypasses_proxy(std::string_view host, std::uint16_t port, std::string_view no_proxy);

}  // namespace snaptrail::kube
