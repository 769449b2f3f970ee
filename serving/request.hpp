#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace snaptrail::serving {

/// The path and query of a request's target, percent-decoded.
struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;  ///< in the order sent; `+` is a space
};

/// Reads a request's target in origin form (`/metrics?a=b`) or absolute form (`http://host/metrics`, which RFC 9112
/// 3.2.2 asks every server to accept). nullopt where it is neither or an escape is malformed.
std::optional<Target> parse_target(std::string_view text);

/// What a handler sees of a GET or HEAD.
struct Request {
  Target target;
  std::string accept;           ///< header Accept, empty if absent
  std::string if_none_match{};  ///< header If-None-Match
  std::string last_event_id{};  ///< header Last-Event-ID
  std::string authorization{};  ///< header Authorization, empty if absent or there twice; a secret, for the guard alone

  /// The first value of a query parameter, or nullptr. `?verbose` has an empty value.
  const std::string* param(std::string_view name) const;
};

/// Whether a list of alternatives with weights (Accept, Accept-Encoding; RFC 9110 12.4.2) names `value` itself with a
/// weight above 0. Wildcards don't count: they ask for nothing in particular.
bool names_acceptable(std::string_view header, std::string_view value);

}  // namespace snaptrail::serving
