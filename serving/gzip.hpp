#pragma once

#include <string>
#include <string_view>

namespace snaptrail::serving {

/// The bytes in gzip format (RFC 1952) at zlib's fastest level: text of metrics shrinks tenfold even so, and a scrape
/// should not cost more CPU than it saves. Throws std::runtime_error where zlib has no memory.
std::string gzip(std::string_view bytes);

}  // namespace snaptrail::serving
