#include "serving/html.hpp"

#include "objects/utf8.hpp"

namespace snaptrail::serving {

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : objects::to_printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace snaptrail::serving
