#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace snaptrail::informers {

/// A 64-bit hash of a sequence of JSON tokens, fed one by one. It tells structures apart (every token is marked with
/// what it is, every text with its length), and does not see whitespace. Not for adversaries, and not
/// the same on every machine: it is kept in memory only.
class TokenHash {
 public:
  enum class Token : std::uint8_t {
    ObjectBegin = 1,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    Key,
    Text,
    Number,
    True,
    False,
    Null
  };

  void add(Token token) { mix(static_cast<std::uint64_t>(token), 0); }

  void add(Token token, std::uint64_t word) { mix(static_cast<std::uint64_t>(token), word); }

  void add(Token token, std::string_view text) {
    const std::size_t size = text.size();
    const char* const begin = text.data();
    // The last sixteen bytes may overlap those before, instead of being put together byte by byte; the length, which
    // is hashed too, keeps this unambiguous.
    const std::uint64_t head = static_cast<std::uint64_t>(token) | (std::uint64_t{size} << 8);
    if (size >= 16) {
      for (std::size_t i = 0; i + 16 < size; i += 16) mix(load(begin + i), load(begin + i + 8));
      mix(load(begin + size - 16) ^ (head << 32), load(begin + size - 8));
    } else if (size >= 8) {
      mix(load(begin) ^ (head << 32), load(begin + size - 8));
    } else {
      mix(head, load_short(begin, size));
    }
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
  __extension__ using Wide = unsigned __int128;

  template <class Word = std::uint64_t>
  static Word load(const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }

  /// Fewer than eight bytes.
  static std::uint64_t load_short(const char* at, std::size_t size) {
    if (size >= 4) {
      return load<std::uint32_t>(at) | (std::uint64_t{load<std::uint32_t>(at + size - 4)} << 32);
    }
    if (size == 0) return 0;
    const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<std::uint8_t>(at[i])}; };
    return byte(0) | (byte(size / 2) << 8) | (byte(size - 1) << 16);
  }

  /// One wide multiplication for sixteen bytes; both halves of its result count.
  void mix(std::uint64_t a, std::uint64_t b) {
    const Wide product = Wide{a ^ state_} * (b ^ 0x9E3779B97F4A7C15ULL);
    state_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^
             ((state_ << 23) | (state_ >> 41));
  }

  std::uint64_t state_ = 0x243F6A8885A308D3ULL;
};

}  // namespace snaptrail::informers
