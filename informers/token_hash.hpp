#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace snaptrail::informers {

/// A 64-bit hash of a sequence of JSON tokens, fed one by one. It tells structures apart (every token is marked with
/// what it is, every text with its length), and does not see whitespace. Not for adversaries, and not
/// the same on every machine: it is kept in memory only.
class TokenHash {
 public:
  enum class Token : std::uint8_t { ObjectBegin = 1, ObjectEnd, ArrayBegin, ArrayEnd, Key, Text, Number, True, False, Null };

  void add(Token token) { mix(static_cast<std::uint64_t>(token)); }

  void add(Token token, std::string_view text) {
    mix(static_cast<std::uint64_t>(token) | (static_cast<std::uint64_t>(text.size()) << 8));
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) mix(load(at, 8));
    if (left > 0) mix(load(at, left));
  }

  /// Never 0, which stands for "nothing was hashed".
  std::uint64_t value() const {
    const std::uint64_t folded = state_ ^ (state_ >> 29);
    return folded == 0 ? 1 : folded;
  }

  static std::uint64_t of(std::string_view text) {
    TokenHash hash;
    hash.add(Token::Text, text);
    return hash.value();
  }

 private:
  static std::uint64_t load(const char* at, std::size_t size) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, size);
    return word;
  }

  void mix(std::uint64_t word) {
    // The odd constant is 2^64 divided by the golden ratio; the shift brings high bits back down.
    state_ = (state_ ^ word) * 0x9E3779B97F4A7C15ULL;
    state_ ^= state_ >> 32;
  }

  std::uint64_t state_ = 0x243F6A8885A308D3ULL;
};

}  // namespace snaptrail::informers
