#include "serving/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace snaptrail::serving {
namespace {

constexpr int kGzipWrapper = 16 + MAX_WBITS;  // zlib's way to ask for gzip instead of its own format
constexpr int kMemLevel = 8;                  // zlib's default

}  // namespace

class GzipPacker::Deflater {
 public:
  explicit Deflater(int level) {
    if (deflateInit2(&stream_, level, Z_DEFLATED, kGzipWrapper, kMemLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::runtime_error("compressing an answer: zlib has no memory");
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string run(std::string_view bytes, bool last) {
    std::string out(std::max<std::size_t>(bytes.size() / 4, 1024), '\0');
    std::size_t taken = 0, made = 0;
    // Room that is left says that zlib has no more to give.
    for (int result = Z_OK; last ? result != Z_STREAM_END : taken < bytes.size() || made == out.size();) {
      if (made == out.size()) out.resize(out.size() * 2);
      const auto input = piece(bytes.size() - taken);
      const auto room = piece(out.size() - made);
      // zlib's interface has no const; deflate reads next_in only.
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + taken));
      stream_.avail_in = input;
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + made);
      stream_.avail_out = room;
      result = deflate(&stream_, last && taken + input == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        throw std::runtime_error("compressing an answer: zlib failed");
      }
      taken += input - stream_.avail_in;
      made += room - stream_.avail_out;
    }
    out.resize(made);
    return out;
  }

 private:
  static uInt piece(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
  }
  z_stream stream_{};
};

GzipPacker::GzipPacker(Packing packing)
    : deflater_(std::make_unique<Deflater>(packing == Packing::Small ? Z_BEST_COMPRESSION : Z_BEST_SPEED)) {}
GzipPacker::~GzipPacker() = default;
GzipPacker::GzipPacker(GzipPacker&&) noexcept = default;
GzipPacker& GzipPacker::operator=(GzipPacker&&) noexcept = default;

std::string GzipPacker::pack(std::string_view piece, bool last) { return deflater_->run(piece, last); }

std::string gzip(std::string_view bytes, Packing packing) { return GzipPacker(packing).pack(bytes, true); }

}  // namespace snaptrail::serving
