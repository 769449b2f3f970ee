#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "objects/types.hpp"
#include "objects/utf8.hpp"

/// What the answers in JSON have for what may be absent.
namespace snaptrail::serving {

/// Null for an empty text; bytes that are no UTF-8 are replaced.
inline boost::json::value text_or_null(std::string_view text) {
  return text.empty() ? boost::json::value() : boost::json::value(objects::to_valid_utf8(text));
}

/// RFC 3339, UTC.
inline boost::json::value time_or_null(objects::MaybeInstant at) {
  return at ? boost::json::value(objects::format_rfc3339(*at)) : boost::json::value();
}

}  // namespace snaptrail::serving
