#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/ledger.hpp"
#include "serving/request.hpp"

/// The parameters of the JSON API (docs/api.md), from a request to a query of the ledger. Pure.
namespace snaptrail::serving {

inline constexpr std::size_t kDefaultItems = 500;
inline constexpr std::size_t kMaxItems = 5'000;

/// Where the next page of a list begins. Opaque to clients.
struct Continue {
  std::int64_t after = 0;  ///< seq of a row, position of a record
  std::int64_t last =
      0;  ///< of rows: where the list ends, so that what comes meanwhile does not make it endless; else 0
  friend bool operator==(const Continue&, const Continue&) = default;
};

std::string to_token(const Continue& place);
/// Nullopt for a text that to_token() does not give.
std::optional<Continue> parse_token(std::string_view text);

/// A request that can't be answered as it is: what is wrong with which parameter.
struct ApiProblem {
  std::string message;
};

/// `query.first` is the page's size.
struct StatusPage {
  ledger::RecordQuery query;
};
struct TimelinePage {
  ledger::Query query;
};

/// Selects findings that stand; empty fields select all.
struct FindingsPage {
  std::optional<objects::Kind> kind;
  std::string ns, name, uid, reason, category;
  std::int64_t after = 0;  ///< rows with a higher number
  std::size_t first = 0;   ///< the page's size
};

/// Which run a story is asked of.
struct StoryWanted {
  bool restore = false;
  std::string name;
};

/// Reads the parameters of /api/v1/story. Throws ApiProblem.
StoryWanted parse_story(const Request& request);

/// Reads the parameters of /api/v1/findings. Throws ApiProblem.
FindingsPage parse_findings(const Request& request);

/// Reads the parameters of /api/v1/status and /api/v1/timeline. Throws ApiProblem.
StatusPage parse_status(const Request& request);
TimelinePage parse_timeline(const Request& request);

}  // namespace snaptrail::serving
