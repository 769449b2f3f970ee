#include <fmt/format.h>

#include "serving/api_chains.hpp"
#include "serving/guarded.hpp"

namespace snaptrail::serving {

Response api_events(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&]() -> Response {
    const ChainWanted wanted = parse_events(request);
    const std::int64_t last_seq = ledger.last_seq();
    const auto sources = chain_sources(ledger, wanted);
    if (!sources.found) return no_such_chain();
    Response response;
    response.content_type = kJson;
    response.body = fmt::format("{{\"items\":{},\n\"lastSeq\":{}}}\n", to_json(sources.events), last_seq);
    return response;
  });
}

}  // namespace snaptrail::serving
