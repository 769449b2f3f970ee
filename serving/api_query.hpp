#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/ledger.hpp"
#include "reconcilers/coverage/assess.hpp"
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
struct FindingsPage {
  ledger::FindingQuery query;
};

/// Selects claims of the coverage; empty fields select all.
struct CoveragePage {
  std::string ns, name;
  std::optional<reconcilers::CoverageStatus> status;
  objects::MaybeInstant at;          ///< none: now
  bool skipped = false;              ///< only those that a Completed Backup has left out
  std::string after_ns, after_name;  ///< claims behind this one
  std::size_t first = 0;             ///< the page's size
};

/// Which run a story is asked of.
struct StoryWanted {
  bool restore = false;
  std::string name;
  objects::MaybeInstant at;  ///< as it was known then; none: now
};

/// `query.first` is the page's size, `query.skip` where it begins.
struct ChainsPage {
  ledger::RecordQuery query;
};

/// Which snapshot's picture, and of which moment (none: now; the whole story has none).
struct ChainWanted {
  std::string chain, handle, driver;
  objects::MaybeInstant at;
};

struct ExportWanted {
  ChainWanted chain;
  bool markdown = false;
};

/// A place in the order of what is committed: behind that row, and behind that change of a Kubernetes Event.
struct StreamPlace {
  std::int64_t seq = 0;
  std::int64_t event = 0;
  friend bool operator==(const StreamPlace&, const StreamPlace&) = default;
};

/// Where a stream begins; none: with what is committed from now on.
struct StreamWanted {
  std::optional<std::int64_t> seq;
  std::optional<std::int64_t> event;
};

/// Reads the parameters of /api/v1/chains, stats, namespaces (which has none), chain, events, export and stream. Throw ApiProblem.
ChainsPage parse_chains(const Request& request);
ledger::RecordQuery parse_stats(const Request& request);
void parse_nothing(const Request& request);
ChainWanted parse_chain(const Request& request);
ChainWanted parse_events(const Request& request);
ExportWanted parse_export(const Request& request);
StreamWanted parse_stream(const Request& request);

/// Reads the parameters of /api/v1/story. Throws ApiProblem.
StoryWanted parse_story(const Request& request);

/// Reads the parameters of /api/v1/coverage and /api/v1/protection (the moment; none: now). Throw ApiProblem.
CoveragePage parse_coverage(const Request& request);
objects::MaybeInstant parse_protection(const Request& request);

/// Reads the parameters of /api/v1/findings. Throws ApiProblem.
FindingsPage parse_findings(const Request& request);

/// Reads the parameters of /api/v1/status and /api/v1/timeline. Throws ApiProblem.
StatusPage parse_status(const Request& request);
TimelinePage parse_timeline(const Request& request);

}  // namespace snaptrail::serving
