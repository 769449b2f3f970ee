#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace snaptrail::serving {

enum class Packing {
  Fast,  ///< zlib's fastest level: text of metrics shrinks tenfold even so, and a scrape should not cost more CPU than it saves
  Small,  ///< its best, for what is packed once and sent often
};

/// Bytes that come in pieces, as one gzip member (RFC 1952). Both calls throw std::runtime_error where zlib has no memory.
class GzipPacker {
 public:
  explicit GzipPacker(Packing packing = Packing::Fast);
  ~GzipPacker();
  GzipPacker(GzipPacker&&) noexcept;
  GzipPacker& operator=(GzipPacker&&) noexcept;

  /// What can be sent by now: often nothing. The last piece, which may be empty, brings the rest.
  std::string pack(std::string_view piece, bool last);

 private:
  class Deflater;
  std::unique_ptr<Deflater> deflater_;
};

/// The bytes in gzip format (RFC 1952). Throws std::runtime_error where zlib has no memory.
std::string gzip(std::string_view bytes, Packing packing = Packing::Fast);

}  // namespace snaptrail::serving
