#include "informers/gzip_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <new>

namespace snaptrail::informers {
namespace {

constexpr int kGzip = 15 + 16;  // the largest window, with gzip's head and tail
constexpr int kMemory = 8;
constexpr std::size_t kPiece = 64u << 10;
constexpr std::size_t kMostInput = 1u << 30;  // zlib counts in 32 bits

}  // namespace

struct GzipStream::Impl {
  z_stream stream{};
  std::string out;
};

GzipStream::GzipStream() : impl_(std::make_unique<Impl>()) {
  const int code = deflateInit2(&impl_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY);
  if (code != Z_OK) throw std::bad_alloc();
}

GzipStream::~GzipStream() { deflateEnd(&impl_->stream); }

std::string_view GzipStream::compress(std::string_view bytes, End end) {
  z_stream& stream = impl_->stream;
  std::string& out = impl_->out;
  out.clear();
  do {
    const std::string_view piece = bytes.substr(0, kMostInput);
    bytes.remove_prefix(piece.size());
    const int finish = end == End::Finish ? Z_FINISH : Z_SYNC_FLUSH;
    const int flush = bytes.empty() ? finish : Z_NO_FLUSH;
    // zlib's interface isn't const-correct; it doesn't write to its input.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      const std::size_t before = out.size();
      out.resize(before + kPiece);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream.avail_out = kPiece;
      deflate(&stream, flush);
      out.resize(out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (!bytes.empty());
  return out;
}

}  // namespace snaptrail::informers
