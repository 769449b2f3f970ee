#include "kube/impersonation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace snaptrail::kube {
namespace {

/// A character of a field's name (RFC 9110, 5.6.2: token).
bool is_token_character(char c) {
  const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string encoded_key(std::string_view key) {
  std::string encoded;
  for (const char c : key) {
    if (is_token_character(c) && c != '%') {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace

std::string impersonation_fields(const Impersonation& impersonation) {
  if (impersonation.user.empty()) return {};
  std::string fields = fmt::format("Impersonate-User: {}\r\n", impersonation.user);
  if (!impersonation.uid.empty()) fields += fmt::format("Impersonate-Uid: {}\r\n", impersonation.uid);
  for (const std::string& group : impersonation.groups) fields += fmt::format("Impersonate-Group: {}\r\n", group);
  for (const auto& [key, values] : impersonation.extra) {
    const std::string name = encoded_key(key);
    for (const std::string& value : values) fields += fmt::format("Impersonate-Extra-{}: {}\r\n", name, value);
  }
  return fields;
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

}  // namespace snaptrail::kube
