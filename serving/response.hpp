#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serving/body_stream.hpp"

namespace snaptrail::serving {

inline constexpr std::string_view kTextPlain = "text/plain; charset=utf-8";
inline constexpr std::string_view kJson = "application/json";

/// What a handler answers. The server adds the security headers, Cache-Control: no-store where the handler sets no
/// Cache-Control of its own, and compresses the body where the client takes that.
struct Response {
  unsigned status = 200;
  std::string content_type{kTextPlain};
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< further ones; trusted values only
  /// Where set, the body is what this gives, for as long as it goes on; `body` is not used.
  std::shared_ptr<BodyStream> stream{};
  /// Where set, these are the body; `body` is not used.
  std::shared_ptr<BodyPieces> pieces{};
  /// The body as gzip, where that was made before: what is answered often need not be compressed on the server's strand. Empty: it was not.
  std::string packed{};
};

/// An answer of one line of text; the newline is added.
Response text_response(unsigned status, std::string_view line);

/// `{"error":"…"}` with any text.
Response json_error(unsigned status, std::string_view message);

}  // namespace snaptrail::serving
