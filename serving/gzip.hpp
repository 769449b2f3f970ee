#pragma once

#include <string>
#include <string_view>

namespace snaptrail::serving {

enum class Packing {
  Fast,  ///< zlib's fastest level: text of metrics shrinks tenfold even so, and a scrape should not cost more CPU than it saves
  Small,  ///< its best, for what is packed once and sent often
};

/// The bytes in gzip format (RFC 1952). Throws std::runtime_error where zlib has no memory.
std::string gzip(std::string_view bytes, Packing packing = Packing::Fast);

}  // namespace snaptrail::serving
