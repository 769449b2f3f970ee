#include "controller/label_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace snaptrail::controller {
namespace {

// The API's limits (apimachinery's IsQualifiedName, IsValidLabelValue).
constexpr std::size_t kNameBytes = 63;
constexpr std::size_t kPrefixBytes = 253;
constexpr std::size_t kSelectorBytes = 4'096;

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// Letters and digits, with `-`, `_` and `.` between them.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytes && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_prefix(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !text.empty() && text.size() <= kPrefixBytes && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && std::ranges::all_of(text, allowed);
}

void check_key(std::string_view key) {
  const auto slash = key.find('/');
  const bool fine = slash == std::string_view::npos ? is_word(key)
                                                    : is_prefix(key.substr(0, slash)) && is_word(key.substr(slash + 1));
  if (!fine) throw ValueError(fmt::format("{} can't be the key of a label", in_quotes(key)));
}

void check_value(std::string_view value) {
  if (!value.empty() && !is_word(value)) {
    throw ValueError(fmt::format("{} can't be the value of a label", in_quotes(value)));
  }
}

/// At commas outside of parentheses.
std::vector<std::string_view> requirements_of(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  bool within = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == ')') {
      if (within == (text[i] == '(')) throw ValueError(fmt::format("{}: parentheses don't match", in_quotes(text)));
      within = !within;
    } else if (text[i] == ',' && !within) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (within) throw ValueError(fmt::format("{}: parentheses don't match", in_quotes(text)));
  parts.push_back(text.substr(begin));
  return parts;
}

/// `key in (a, b)`, `key notin (a)`.
void check_set(std::string_view requirement, std::size_t parenthesis) {
  const std::string_view before = trimmed(requirement.substr(0, parenthesis));
  const auto space = before.rfind(' ');
  const std::string_view word = space == std::string_view::npos ? std::string_view() : before.substr(space + 1);
  if ((word != "in" && word != "notin") || requirement.back() != ')') {
    throw ValueError(fmt::format("{} is not of the form KEY in (ONE, OTHER)", in_quotes(requirement)));
  }
  check_key(trimmed(before.substr(0, space)));
  std::string_view values = requirement.substr(parenthesis + 1);
  values.remove_suffix(1);
  for (const std::string_view value : requirements_of(values)) check_value(trimmed(value));
}

void check_requirement(std::string_view requirement) {
  if (requirement.empty()) throw ValueError("a requirement between two commas is empty");
  if (const auto parenthesis = requirement.find('('); parenthesis != std::string_view::npos) {
    return check_set(requirement, parenthesis);
  }
  const auto equals = requirement.find('=');
  if (equals == std::string_view::npos) {
    const bool negated = requirement.front() == '!';
    return check_key(trimmed(negated ? requirement.substr(1) : requirement));
  }
  const bool unequal = equals > 0 && requirement[equals - 1] == '!';
  const bool twice = !unequal && requirement.substr(equals + 1).starts_with('=');
  check_key(trimmed(requirement.substr(0, unequal ? equals - 1 : equals)));
  check_value(trimmed(requirement.substr(equals + (twice ? 2 : 1))));
}

}  // namespace

std::string label_selector(const RawValue& raw) {
  std::string text = text_value(raw, kSelectorBytes, true);
  if (trimmed(text).empty()) return {};
  for (const std::string_view requirement : requirements_of(text)) check_requirement(trimmed(requirement));
  return text;
}

}  // namespace snaptrail::controller
