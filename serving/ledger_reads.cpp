#include "serving/ledger_reads.hpp"

namespace snaptrail::serving {

Response ledger_failure(const ledger::Error& error) {
  return json_error(error.code() == ledger::Errc::timed_out ? 504 : 500, error.what());
}

Response ledger_busy() {
  Response response = json_error(503, "too many queries of the ledger are waiting; try again in a moment");
  response.headers.emplace_back("Retry-After", "2");
  return response;
}

}  // namespace snaptrail::serving
