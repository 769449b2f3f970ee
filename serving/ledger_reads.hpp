#pragma once

#include <functional>

#include "ledger/ledger.hpp"
#include "serving/response.hpp"
#include "serving/router.hpp"

namespace snaptrail::serving {

/// Reads of the ledger, away from the server's strand: a slow disk must hold up nobody but those who ask it. Implemented by the
/// controller.
class LedgerReads {
 public:
  /// Runs where the ledger is read. May throw ledger::Error.
  using Query = std::function<Response(const ledger::Ledger& ledger)>;

  virtual ~LedgerReads() = default;
  /// Runs the query and gives its answer to `reply`, on the server's strand: or a 503 where too many wait, a 504 where it
  /// took too long, a 500 with the reason where the ledger can't be read.
  virtual void answer(Query query, Reply reply) = 0;
};

/// The answer to a query that failed.
Response ledger_failure(const ledger::Error& error);
/// The answer where too many queries wait already.
Response ledger_busy();

}  // namespace snaptrail::serving
