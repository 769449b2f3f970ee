#include "informers/quantity.hpp"

#include <array>
#include <limits>

namespace snaptrail::informers {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr Wide kMax = std::numeric_limits<std::int64_t>::max();
constexpr int kMaxDigits = 19;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// mantissa · 10^exponent · 2^shift
struct Parts {
  Wide mantissa = 0;
  int exponent = 0;
  int shift = 0;
};

struct Suffix {
  std::string_view name;
  int exponent;
  int shift;
};

constexpr std::array kSuffixes = {
    Suffix{"", 0, 0},    Suffix{"n", -9, 0},  Suffix{"u", -6, 0},  Suffix{"m", -3, 0},
    Suffix{"k", 3, 0},   Suffix{"M", 6, 0},   Suffix{"G", 9, 0},   Suffix{"T", 12, 0},
    Suffix{"P", 15, 0},  Suffix{"E", 18, 0},  Suffix{"Ki", 0, 10}, Suffix{"Mi", 0, 20},
    Suffix{"Gi", 0, 30}, Suffix{"Ti", 0, 40}, Suffix{"Pi", 0, 50}, Suffix{"Ei", 0, 60},
};

/// Takes the digits with at most one point off the front of `text`.
std::optional<Parts> take_number(std::string_view& text) {
  Parts parts;
  int digits = 0;
  bool any = false;
  bool point = false;
  while (!text.empty() && (is_digit(text[0]) || (text[0] == '.' && !point))) {
    const char c = text[0];
    text.remove_prefix(1);
    if (c == '.') {
      point = true;
      continue;
    }
    any = true;
    if (digits > 0 || c != '0') ++digits;
    if (digits > kMaxDigits || parts.exponent < -64) return std::nullopt;
    parts.mantissa = parts.mantissa * 10 + static_cast<unsigned>(c - '0');
    if (point) --parts.exponent;
  }
  return any ? std::optional(parts) : std::nullopt;
}

/// "e3", "E-2"; nullopt if malformed.
std::optional<int> read_exponent(std::string_view text) {
  text.remove_prefix(1);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty() || text.size() > 3) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

bool add_suffix(Parts& parts, std::string_view text) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.name != text) continue;
    parts.exponent += suffix.exponent;
    parts.shift = suffix.shift;
    return true;
  }
  if (text.empty() || (text[0] != 'e' && text[0] != 'E')) return false;
  const auto exponent = read_exponent(text);
  if (exponent) parts.exponent += *exponent;
  return exponent.has_value();
}

std::optional<std::int64_t> evaluate(const Parts& parts) {
  if (parts.mantissa == 0) return 0;
  // 19 digits are below 2^64, and 2^64 · 2^60 fits into 128 bits.
  Wide value = parts.mantissa << parts.shift;
  for (int i = 0; i < parts.exponent; ++i) {
    if (value > kMax) return std::nullopt;
    value *= 10;
  }
  bool rest = false;
  for (int i = 0; i > parts.exponent && value > 0; --i) {
    rest = rest || value % 10 != 0;
    value /= 10;
  }
  if (rest) ++value;
  if (value > kMax) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::optional<std::int64_t> parse_quantity(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  auto parts = take_number(text);
  if (!parts || !add_suffix(*parts, text)) return std::nullopt;
  return evaluate(*parts);
}

}  // namespace snaptrail::informers
