#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "objects/instant.hpp"
#include "objects/uid.hpp"

/// The values of a packed object as bytes (objects/packed.cpp); of this process alone.
namespace snaptrail::objects {

/// What a text is packed as.
enum class TextForm : std::uint8_t {
  Plain,
  UuidAtEnd,  ///< `pvc-…`: 16 bytes for the last 36 characters
  Number,     ///< a resourceVersion
};
constexpr std::size_t kUuidSize = 36;
constexpr unsigned kTextFormBits = 2;

/// A packed text, before it is made one again.
struct PackedText {
  TextForm form = TextForm::Plain;
  std::uint64_t number = 0;  ///< of TextForm::Number
  std::string_view text;     ///< of the others
  Uid uid;                   ///< of TextForm::UuidAtEnd

  void append_to(std::string& out) const {
    if (form == TextForm::UuidAtEnd) out.reserve(out.size() + text.size() + kUuidSize);
    out += text;
    if (form == TextForm::UuidAtEnd) {
      uid.append_to(out);
    } else if (form == TextForm::Number) {
      std::array<char, 20> digits{};
      out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
    }
  }
};

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void byte(std::uint8_t value) { out_ += static_cast<char>(value); }
  /// Seven bits a byte, the lowest first.
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void signed_number(std::int64_t value) { number(zigzag(value)); }
  void hash(std::uint64_t value) { out_.append(reinterpret_cast<const char*>(&value), sizeof(value)); }
  void uid(const Uid& uid) { out_.append(reinterpret_cast<const char*>(uid.bytes().data()), uid.bytes().size()); }
  /// As the distance from the one before: an object's times lie close together, and nearly all are whole seconds.
  void instant(MaybeInstant at) {
    if (!at) return number(kNoInstant);
    const std::int64_t millis = (*at).time_since_epoch().count();
    const std::int64_t distance = millis - std::exchange(last_, millis);
    const bool whole = distance % 1'000 == 0;
    number(zigzag(whole ? distance / 1'000 : distance) << 2 | (whole ? 0 : 2));
  }
  void text(std::string_view text) {
    const auto head = [](std::uint64_t value, TextForm form) {
      return value << kTextFormBits | static_cast<unsigned>(form);
    };
    if (const auto value = number_in(text)) return number(head(*value, TextForm::Number));
    const auto uuid = uuid_at_end(text);
    if (uuid) text.remove_suffix(kUuidSize);
    number(head(text.size(), uuid ? TextForm::UuidAtEnd : TextForm::Plain));
    out_ += text;
    if (uuid) uid(*uuid);
  }

  static constexpr std::uint64_t kNoInstant = 1;

 private:
  static std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  }
  /// The number that a text is the usual form of, if it leaves room for the form's bits.
  static std::optional<std::uint64_t> number_in(std::string_view text) {
    if (text.empty() || text.size() > 18 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') return std::nullopt;
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
  }
  static std::optional<Uid> uuid_at_end(std::string_view text) {
    if (text.size() < kUuidSize) return std::nullopt;
    const std::string_view end = text.substr(text.size() - kUuidSize);
    const auto uid = Uid::parse(end);
    return uid && uid->str() == end ? uid : std::nullopt;
  }

  std::string& out_;
  std::int64_t last_ = 0;
};

/// Reads what a ByteWriter wrote, in the same order.
class ByteReader {
 public:
  explicit ByteReader(const char* bytes) : at_(bytes) {}

  std::uint8_t byte() { return static_cast<std::uint8_t>(*at_++); }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t part = byte();
      value |= static_cast<std::uint64_t>(part & 0x7F) << shift;
      if (part < 0x80) return value;
    }
  }
  std::int64_t signed_number() { return unzigzag(number()); }
  std::uint64_t hash() { return raw<std::uint64_t>(); }
  Uid uid() { return Uid::from_bytes(raw<std::array<std::uint8_t, 16>>()); }
  MaybeInstant instant() {
    const std::uint64_t packed = number();
    if (packed == ByteWriter::kNoInstant) return {};
    const std::int64_t distance = unzigzag(packed >> 2);
    last_ += packed & 2 ? distance : distance * 1'000;
    return Instant(Millis(last_));
  }
  /// Refers to the bytes.
  PackedText text() {
    const std::uint64_t head = number();
    PackedText packed;
    packed.form = static_cast<TextForm>(head & ((1U << kTextFormBits) - 1));
    if (packed.form == TextForm::Number) {
      packed.number = head >> kTextFormBits;
      return packed;
    }
    packed.text = std::string_view(at_, head >> kTextFormBits);
    at_ += packed.text.size();
    if (packed.form == TextForm::UuidAtEnd) packed.uid = uid();
    return packed;
  }

 private:
  static std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  template <class T>
  T raw() {
    T value;
    std::memcpy(&value, at_, sizeof(value));
    at_ += sizeof(value);
    return value;
  }

  const char* at_;
  std::int64_t last_ = 0;
};

}  // namespace snaptrail::objects
