#pragma once

#include <zlib.h>

#include <catch2/catch_test_macros.hpp>
#include <cstddef>
#include <string>

namespace snaptrail::serving::test {

/// One gzip member of at most `size` bytes.
inline std::string gunzip(const std::string& packed, std::size_t size) {
  std::string in = packed, out(size + 1, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace snaptrail::serving::test
