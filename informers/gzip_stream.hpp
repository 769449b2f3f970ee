#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace snaptrail::informers {

/// One gzip member, compressed piece by piece. Throws std::bad_alloc for want of memory.
class GzipStream {
 public:
  enum class End {
    Flush,   ///< what was given so far can be read from what came out so far
    Finish,  ///< the member is complete; nothing may follow
  };

  GzipStream();
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  /// The compressed bytes; valid until the next call.
  std::string_view compress(std::string_view bytes, End end);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::informers
