#include "serving/request.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cctype>

namespace snaptrail::serving {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

/// Cuts `text` at the first `separator` and returns what came before it.
std::string_view take_until(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

/// `q=0`, `q=0.0` …: refused. Any other parameter says nothing about the weight.
bool is_zero_weight(std::string_view parameter) {
  if (parameter.size() < 3 || !equal_ignoring_case(parameter.substr(0, 2), "q=")) return false;
  return parameter.find_first_not_of("0.", 2) == std::string_view::npos;
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto url = text.front() == '/' ? boost::urls::parse_origin_form(text) : boost::urls::parse_uri(text);
  if (!url || (text.front() != '/' && !url->has_authority())) return std::nullopt;
  Target target;
  target.path = url->path();
  if (target.path.empty()) target.path = "/";
  for (const auto& param : url->params()) target.query.emplace_back(param.key, param.value);
  return target;
}

const std::string* Request::param(std::string_view name) const {
  const auto found =
      std::ranges::find(target.query, name, [](const auto& entry) { return std::string_view(entry.first); });
  return found == target.query.end() ? nullptr : &found->second;
}

bool names_acceptable(std::string_view header, std::string_view value) {
  while (!header.empty()) {
    std::string_view alternative = take_until(header, ',');
    if (!equal_ignoring_case(trimmed(take_until(alternative, ';')), value)) continue;
    bool refused = false;
    while (!alternative.empty()) refused = is_zero_weight(trimmed(take_until(alternative, ';'))) || refused;
    return !refused;
  }
  return false;
}

}  // namespace snaptrail::serving
