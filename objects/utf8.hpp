#pragma once

#include <string>
#include <string_view>

/// Strings of strangers on their way to a person or a parser.
namespace snaptrail::objects {

/// Valid UTF-8: every byte that belongs to no well-formed sequence (RFC 3629: no overlong forms, no surrogates)
/// becomes U+FFFD.
std::string to_valid_utf8(std::string_view bytes);

/// Whether a text is all printable ASCII without a quote or backslash, so that JSON and the metrics' exposition format take it as it
/// stands: nearly all names, handles and times of the API are.
bool stands_for_itself(std::string_view text);

/// For a terminal or a log line: as to_valid_utf8, and control characters (C0, DEL, C1, the bidirectional
/// overrides, line and paragraph separators) become visible escapes (`\x1b`, `\n`, `\u202e`).
std::string to_printable(std::string_view bytes);

}  // namespace snaptrail::objects
