#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// Decodes standard base64 (RFC 4648, 4) with its padding; line breaks and blanks, which YAML block scalars
/// bring, are skipped. nullopt if anything else is in it.
std::optional<std::string> decode_base64(std::string_view text);

/// Encodes as standard base64 with padding, on one line.
std::string encode_base64(std::string_view bytes);

}  // namespace snaptrail::kube
