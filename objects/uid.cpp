#include "objects/uid.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace snaptrail::objects {
namespace {

constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) digits[static_cast<std::size_t>('0') + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    digits[static_cast<std::size_t>('a') + i] = digits[static_cast<std::size_t>('A') + i] =
        static_cast<std::uint8_t>(10 + i);
  }
  return digits;
}();

constexpr std::size_t kSize = 36;
constexpr std::array<std::size_t, 4> kDashes{8, 13, 18, 23};
/// Where each byte's two digits stand.
constexpr std::array<std::size_t, 16> kPlaces{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

}  // namespace

std::optional<Uid> Uid::parse(std::string_view text) {
  if (text.size() != kSize) return std::nullopt;
  const auto digit = [text](std::size_t at) { return kDigits[static_cast<unsigned char>(text[at])]; };
  // Each object has several: what is wrong is collected, since a branch for each character costs more than all of them.
  bool wrong = false;
  for (const std::size_t at : kDashes) wrong |= text[at] != '-';
  Uid uid;
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    const std::uint8_t high = digit(kPlaces[i]);
    const std::uint8_t low = digit(kPlaces[i] + 1);
    wrong |= ((high | low) & 0xF0) != 0;
    uid.bytes_[i] = static_cast<std::uint8_t>((high << 4) | low);
  }
  if (wrong) return std::nullopt;
  return uid;
}

std::string Uid::str() const {
  std::string text;
  append_to(text);
  return text;
}

void Uid::append_to(std::string& out) const {
  if (!*this) return;
  static constexpr char kHex[] = "0123456789abcdef";
  std::size_t at = out.size();
  out.resize(at + 36, '-');
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    out[at++] = kHex[bytes_[i] >> 4];
    out[at++] = kHex[bytes_[i] & 15];
  }
}

}  // namespace snaptrail::objects
