#pragma once

#include <span>
#include <string>

#include "ledger/ledger.hpp"
#include "serving/api_query.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

/// The JSON API, version 1 (docs/api.md). Read-only: everything but the version is read from the ledger, so a daemon and the file
/// alone answer alike. A parameter that can't be used is a 400 with `{"error":…}`.
namespace snaptrail::serving {

/// Who answers.
struct ApiIdentity {
  std::string version;  ///< of the program; empty for a file
  std::string cluster;
  std::string ledger{};  ///< which one: ledger::Ledger::created_at()
  bool demo = false;     ///< a recording plays: there is `/demo`
};

/// `GET /api/v1/version`: `{"version":…,"api":"v1","cluster":…,"ledger":…,"demo":…,"lastSeq":…,"lastEvent":…}`. `last`: up to where it is
/// committed.
Response api_version(const ApiIdentity& identity, StreamPlace last);

/// `GET /api/v1/status`: objects that have not ended, as objects::to_json(const ObjectRecord&), in the order in which they were
/// first seen: `{"items":[…],"continue":…}`. Throws ledger::Error.
Response api_status(const ledger::Ledger& ledger, const Request& request);

/// `GET /api/v1/timeline`: rows as objects::to_json(const Row&), oldest first:
/// `{"items":[…],"continue":…,"lastSeq":…}`. Throws ledger::Error.
Response api_timeline(const ledger::Ledger& ledger, const Request& request);
/// The same, of a query whose `first` is the page's size.
Response timeline_page(const ledger::Ledger& ledger, ledger::Query query);

/// `GET /api/v1/findings`: of each finding that stands its newest row, the one told of first at the front:
/// `{"items":[…],"continue":…}`. Throws ledger::Error.
Response api_findings(const ledger::Ledger& ledger, const Request& request);

/// `GET /api/v1/story`: one Backup or Restore as a whole (docs/stories.md): `{"story":{…},"text":…}`. 404 where nothing is known of it.
/// Throws ledger::Error.
Response api_story(const ledger::Ledger& ledger, const Request& request);

/// A path of the API that is answered from the ledger.
struct LedgerPath {
  const char* path;
  Response (*answer)(const ledger::Ledger& ledger, const Request& request);
  bool kept = false;  ///< every open page asks it: a daemon keeps the answer while nothing is committed
};
std::span<const LedgerPath> ledger_paths();

/// Answers any request to the API from a ledger alone; 404 for what is no path of it. Throws ledger::Error.
Response api_answer(const ledger::Ledger& ledger, const Request& request);

}  // namespace snaptrail::serving
