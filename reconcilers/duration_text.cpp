#include "reconcilers/duration_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace snaptrail::reconcilers {

using objects::Millis;

std::optional<Millis> parse_duration_text(std::string_view text, Millis least, Millis most) {
  constexpr std::array<std::pair<char, Millis>, 4> kUnits = {
      {{'d', Millis{86'400'000}}, {'h', Millis{3'600'000}}, {'m', Millis{60'000}}, {'s', Millis{1'000}}}};
  Millis total{0};
  std::size_t unit = 0;  // of those that may still come
  while (!text.empty()) {
    std::int64_t number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 8 && text[digits] >= '0' && text[digits] <= '9') {
      number = number * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || digits == text.size()) return std::nullopt;
    while (unit < kUnits.size() && kUnits.at(unit).first != text[digits]) ++unit;
    if (unit == kUnits.size()) return std::nullopt;
    total += kUnits.at(unit++).second * number;
    if (total > most) return std::nullopt;
    text.remove_prefix(digits + 1);
  }
  if (total < least) return std::nullopt;
  return total;
}

}  // namespace snaptrail::reconcilers
