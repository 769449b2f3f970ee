#pragma once

#include "kube/error.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// The largest head of an answer, and the longest line of a chunk's header.
inline constexpr std::size_t kHeadLimit = 64 * 1024;

/// Takes one HTTP/1.1 answer apart, fed with bytes as they come; no I/O. The body of a 2xx goes to the sink,
/// in slices of what was fed; of any other answer's body the beginning is kept. Informational answers (1xx)
/// are passed over.
class ResponseReader {
 public:
  using Sink = std::function<bool(std::string_view)>;

  struct Fed {
    std::size_t consumed = 0;    ///< the rest is to be fed again, with more bytes after it
    std::optional<Errc> failed;  ///< protocol, or cancelled: the sink wants no more
    std::string why;
  };

  /// `sink` must outlive the reader.
  explicit ResponseReader(const Sink& sink);
  ~ResponseReader();

  /// `bytes` begin with what the last call did not consume. Not to be called once done().
  Fed feed(std::string_view bytes);
  /// The stream has ended. True if that ends the answer as it should (it gave no length), false if it cuts it
  /// off.
  bool feed_end();

  bool has_head() const;
  /// The answer is complete, or as much of an error's body is here as is wanted.
  bool done() const;
  /// The connection may serve another request; only when done().
  bool keep_alive() const;

  int status() const;
  bool is_success() const { return status() >= 200 && status() < 300; }
  std::string_view retry_after() const;
  std::string_view location() const;
  std::string_view error_body() const;

 private:
  class Parser;
  const Sink& sink_;
  std::unique_ptr<Parser> parser_;
  bool started_ = false;  ///< the answer's first bytes are those of HTTP
  int informational_ = 0;
};

}  // namespace snaptrail::kube
