#include <fmt/format.h>

#include <cstddef>
#include <string>

#include "serving/api.hpp"
#include "serving/api_chains.hpp"
#include "serving/guarded.hpp"

namespace snaptrail::serving {
namespace {

/// What is told beside the list; a person looks at no more at once.
constexpr const char* kWorst = "6";
constexpr std::size_t kNewest = 14;

}  // namespace

Response api_overview(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&]() -> Response {
    const objects::MaybeInstant at = parse_chains(request).query.at;
    const std::int64_t last_seq = ledger.last_seq();
    Request of_all, worst;
    worst.target.query = {{"worst", "true"}, {"limit", kWorst}};
    if (at) {
      of_all.target.query.emplace_back("at", *request.param("at"));
      worst.target.query.emplace_back("at", *request.param("at"));
    }
    ledger::Query newest;
    newest.newest = kNewest;
    newest.first = kNewest;
    if (at) newest.until = *at + objects::Millis(1);  // what happened in that very moment is part of it
    const std::string stats = api_stats(ledger, of_all).body;
    const std::string findings = api_findings(ledger, worst).body;
    const std::string timeline = timeline_page(ledger, newest).body;
    const std::string chains = api_chains(ledger, request).body;
    Response response;
    response.content_type = kJson;
    response.body = fmt::format("{{\"stats\":{},\"findings\":{},\"timeline\":{},\"chains\":{},\"lastSeq\":{}}}\n",
                                stats, findings, timeline, chains, last_seq);
    return response;
  });
}

}  // namespace snaptrail::serving
