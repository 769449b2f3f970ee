#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "objects/kind_argument.hpp"
#include "objects/row.hpp"
#include "objects/utf8.hpp"
#include "serving/api_query.hpp"

/// Reads the parameters of one request to the JSON API; what can't be used is an ApiProblem that names it.
namespace snaptrail::serving {

inline std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t result = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, result);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return result;
}

/// The parameters of one request. An empty value is as good as none.
class Params {
 public:
  Params(const Request& request, std::initializer_list<std::string_view> known) : request_(request) {
    for (const auto& [name, value] : request.target.query) {
      if (std::ranges::find(known, name) == known.end()) {
        throw ApiProblem{fmt::format("there is no parameter \"{}\"; known are {}", objects::to_printable(name),
                                     fmt::join(known, ", "))};
      }
    }
  }

  std::string text(std::string_view name) const {
    const std::string* value = request_.param(name);
    return value == nullptr ? std::string() : *value;
  }

  std::int64_t number(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
    const std::string value = text(name);
    if (value.empty()) return otherwise;
    const auto result = number_in(value);
    if (result && *result >= least && *result <= most) return *result;
    refuse(name, fmt::format("a number from {} to {}", least, most), value);
  }

  bool flag(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty() || value == "false") return false;
    if (value == "true") return true;
    refuse(name, "true or false", value);
  }

  std::optional<objects::Kind> kind(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    if (const auto kind = objects::kind_of_argument(value)) return kind;
    refuse(name, "a kind such as VolumeSnapshot, vsc or persistentvolumeclaims", value);
  }

  std::optional<objects::State> state(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    if (const auto state = objects::state_of(value)) return state;
    refuse(name, "a state such as Ready or Error (docs/states.md)", value);
  }

  objects::MaybeInstant time(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty()) return {};
    if (const auto at = objects::parse_rfc3339(value)) return *at;
    refuse(name, "a time as in RFC 3339, such as 2026-11-22T23:11:07Z", value);
  }

  std::optional<reconcilers::CoverageStatus> coverage_status(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    if (const auto status = reconcilers::coverage_status_of(value)) return status;
    refuse(name, "Covered, Unknown, Missed, Never or NoTarget", value);
  }

  /// Namespace and name of a claim, both empty at the front of the list.
  std::pair<std::string, std::string> claim_place() const {
    const std::string value = text("continue");
    const auto slash = value.find('/');
    if (value.empty()) return {};
    if (slash == 0 || slash == std::string::npos || slash + 1 == value.size()) {
      refuse("continue", "what the page before gave", value);
    }
    return {value.substr(0, slash), value.substr(slash + 1)};
  }

  std::optional<Continue> place() const {
    const std::string value = text("continue");
    if (value.empty()) return std::nullopt;
    if (const auto place = parse_token(value)) return place;
    refuse("continue", "what the page before gave", value);
  }

 private:
  [[noreturn]] static void refuse(std::string_view name, std::string_view wanted, std::string_view value) {
    throw ApiProblem{
        fmt::format("{} must be {}, not \"{}\"", name, wanted, objects::to_printable(value.substr(0, 80)))};
  }

  const Request& request_;
};

/// The size of a page.
inline std::size_t limit_of(const Params& params) {
  return static_cast<std::size_t>(params.number("limit", kDefaultItems, 1, kMaxItems));
}

}  // namespace snaptrail::serving
