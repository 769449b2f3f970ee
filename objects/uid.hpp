#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::objects {

/// The 16 bytes of a Kubernetes UID (an RFC 4122 UUID). All zero means "none".
/// A name says which object is meant; only the UID says whether it is still the same one.
class Uid {
 public:
  constexpr Uid() = default;

  /// Parses the 36-character form, either case; nullopt for anything else.
  static std::optional<Uid> parse(std::string_view text);
  static constexpr Uid from_bytes(const std::array<std::uint8_t, 16>& bytes) {
    Uid uid;
    uid.bytes_ = bytes;
    return uid;
  }

  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  /// The 36-character lower-case form; empty for "none".
  std::string str() const;
  /// Appends that form.
  void append_to(std::string& out) const;

  explicit operator bool() const { return *this != Uid(); }
  friend auto operator<=>(const Uid&, const Uid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace snaptrail::objects

template <>
struct std::hash<snaptrail::objects::Uid> {
  std::size_t operator()(const snaptrail::objects::Uid& uid) const noexcept {
    // UUIDv4 bytes are random already: folding them is a good hash.
    std::uint64_t a = 0, b = 0;
    std::memcpy(&a, uid.bytes().data(), 8);
    std::memcpy(&b, uid.bytes().data() + 8, 8);
    return a ^ (b * 0x9E3779B97F4A7C15ULL);
  }
};
