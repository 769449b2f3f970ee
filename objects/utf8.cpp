#include "objects/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace snaptrail::objects {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Sequence {
  std::size_t length = 0;  ///< 0: malformed at this byte
  char32_t code_point = 0;
};

Sequence read_sequence(std::string_view bytes, std::size_t pos) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t lead = byte(pos);
  if (lead < 0x80) return {1, lead};
  std::size_t length = 0;
  char32_t code_point = 0;
  char32_t least = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2, code_point = lead & 0x1Fu, least = 0x80;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3, code_point = lead & 0x0Fu, least = 0x800;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4, code_point = lead & 0x07u, least = 0x10000;
  } else {
    return {};
  }
  if (pos + length > bytes.size()) return {};
  for (std::size_t i = pos + 1; i < pos + length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return {};
    code_point = (code_point << 6) | (byte(i) & 0x3Fu);
  }
  if (code_point < least || code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) return {};
  return {length, code_point};
}

bool is_unprintable(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200E && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_escape(std::string& out, char32_t c) {
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c < 0x100) {
    out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(c));
  } else {
    out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
  }
}

template <class Append>
std::string rewrite(std::string_view bytes, Append append) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t pos = 0; pos < bytes.size();) {
    const Sequence sequence = read_sequence(bytes, pos);
    if (sequence.length == 0) {
      out += kReplacement;
      ++pos;
      continue;
    }
    append(out, bytes.substr(pos, sequence.length), sequence.code_point);
    pos += sequence.length;
  }
  return out;
}

}  // namespace

std::string to_valid_utf8(std::string_view bytes) {
  return rewrite(bytes, [](std::string& out, std::string_view raw, char32_t) { out += raw; });
}

bool stands_for_itself(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

std::string to_printable(std::string_view bytes) {
  return rewrite(bytes, [](std::string& out, std::string_view raw, char32_t code_point) {
    if (is_unprintable(code_point)) {
      append_escape(out, code_point);
    } else {
      out += raw;
    }
  });
}

}  // namespace snaptrail::objects
