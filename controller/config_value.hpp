#pragma once

#include "controller/config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The notations of configuration values: text to value and back. Pure.
namespace snaptrail::controller {

/// A value that does not fit its key. `what()` completes "ledger.path: …"; the caller adds the place.
class ValueError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a file or a flag holds for a key: one scalar, or a list of them.
struct RawValue {
  std::string text;                              ///< the scalar
  std::optional<std::vector<std::string>> list;  ///< set: it is a list, and text is empty
};

/// Reads `10s`, `5ms`, `180d`, `1h30m`: whole numbers with the units d, h, m, s, ms, largest first, each
/// once; or `0`. Nothing else, and at most 100 years. Throws ValueError.
std::chrono::milliseconds parse_duration(std::string_view text);

/// The text that parse_duration() reads as this, each unit as large as it can be: `1m30s`, `180d`. Not
/// negative.
std::string format_duration(std::chrono::milliseconds duration);

/// parse_duration() between two bounds, both included; also, if asked, zero.
std::chrono::milliseconds duration_between(const RawValue& raw, std::chrono::milliseconds least,
                                           std::chrono::milliseconds most, bool or_zero = false);

/// A whole number between two bounds, both included.
std::uint64_t number_between(const RawValue& raw, std::uint64_t least, std::uint64_t most);

/// `true` or `false`, nothing else.
bool boolean(const RawValue& raw);

/// `ADDRESS:PORT`: 127.0.0.1:8080, [::]:8080; `localhost` is 127.0.0.1.
ListenAddress listen_address(const RawValue& raw);
std::string format_listen(const ListenAddress& address);

/// One line of text without control characters, at most `most` bytes; empty only if allowed.
std::string text_value(const RawValue& raw, std::size_t most, bool may_be_empty);

/// A list, its items as they are.
const std::vector<std::string>& list_value(const RawValue& raw);

/// A list of names of namespaces (RFC 1123 labels).
std::vector<std::string> namespace_list(const RawValue& raw);

/// The name of one namespace.
std::string namespace_name(const RawValue& raw);

/// One of `names`: its index.
std::size_t choice(const RawValue& raw, std::span<const std::string_view> names);

/// For messages: printable, quoted, and cut after 60 characters.
std::string in_quotes(std::string_view text);

}  // namespace snaptrail::controller
