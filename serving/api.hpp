#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "objects/row.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

/// The JSON API. Answers are `{"items":[…],"truncated":…}`; a parameter that can't be used is a 400 with `{"error":…}`.
namespace snaptrail::serving {

inline constexpr std::size_t kDefaultItems = 500;
inline constexpr std::size_t kMaxItems = 5'000;

/// Selects objects; empty fields select all.
struct StatusQuery {
  std::string ns;
  std::string name;
  std::size_t limit = 0;
};

/// Implemented by the controller; called on the server's strand.
class ApiSource {
 public:
  virtual ~ApiSource() = default;
  /// Objects that have not ended and belong to a chain, at most query.limit.
  virtual std::vector<objects::ObjectRecord> status(const StatusQuery& query) const = 0;
  /// Rows as ledger::Ledger::for_each_row gives them; query.limit is set.
  virtual std::vector<objects::Row> timeline(const ledger::Query& query) const = 0;
};

/// `GET /api/v1/status?ns=&name=&limit=`: items as objects::to_json(const ObjectRecord&).
Response api_status(const ApiSource& source, const Request& request);

/// `GET /api/v1/timeline?ns=&name=&handle=&backup=&restore=&chain=&afterSeq=&limit=`: items as
/// objects::to_json(const Row&), newest last: the newest ones, with afterSeq the first ones after it.
Response api_timeline(const ApiSource& source, const Request& request);

}  // namespace snaptrail::serving
