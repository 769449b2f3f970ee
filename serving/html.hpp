#pragma once

#include <string>
#include <string_view>

namespace snaptrail::serving {

/// A stranger's string as text of an HTML page, also inside a quoted attribute: control characters become visible escapes
/// (objects::to_printable), and & < > " ' become entities.
std::string html_text(std::string_view text);

}  // namespace snaptrail::serving
