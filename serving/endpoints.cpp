#include "serving/endpoints.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace snaptrail::serving {
namespace {

Response metrics_response(const Endpoints& endpoints) {
  Response response;
  response.content_type = kExpositionType;
  response.body = endpoints.metrics.exposition();
  if (endpoints.state.synced()) response.body += object_metrics(endpoints.objects, endpoints.object_options);
  return response;
}

/// The page's rows are read elsewhere; everything else it shows is as it is when they have come.
void answer_page(const Endpoints& endpoints, Reply reply) {
  const auto rows = std::make_shared<std::vector<objects::Row>>();
  endpoints.ledger.answer(
      [rows](const ledger::Ledger& ledger) {
        ledger::Query newest;
        newest.newest = kPageRows;
        ledger.for_each_row(newest, [&rows](const objects::Row& row) { rows->push_back(row); });
        return Response{};
      },
      [&endpoints, rows, reply = std::move(reply)](const Response& read) {
        PageView view = endpoints.page.page(kPageRecords);
        view.rows = std::move(*rows);
        view.rows_missing = read.status != 200;
        reply(status_page(view));
      });
}

using LedgerAnswer = Response (*)(const ledger::Ledger& ledger, const Request& request);

void add_ledger_path(Router& router, const std::shared_ptr<const Endpoints>& shared, const char* path,
                     LedgerAnswer answer) {
  router.add_deferred(path, [shared, answer](const Request& request, Reply reply) {
    shared->ledger.answer([answer, request](const ledger::Ledger& ledger) { return answer(ledger, request); },
                          std::move(reply));
  });
}

}  // namespace

Router make_router(Endpoints endpoints) {
  const auto shared = std::make_shared<const Endpoints>(std::move(endpoints));
  Router router;
  router.add("/metrics", [shared](const Request&) { return metrics_response(*shared); });
  router.add("/healthz", healthz);
  router.add("/readyz", [shared](const Request& request) { return readyz(shared->health(), request); });
  router.add_deferred("/", [shared](const Request&, Reply reply) { answer_page(*shared, std::move(reply)); });
  router.add("/style.css", [](const Request&) { return style_sheet(); });
  router.add("/api/v1/version", [shared](const Request&) { return api_version(shared->identity); });
  add_ledger_path(router, shared, "/api/v1/status", api_status);
  add_ledger_path(router, shared, "/api/v1/timeline", api_timeline);
  add_ledger_path(router, shared, "/api/v1/findings", api_findings);
  add_ledger_path(router, shared, "/api/v1/story", api_story);
  return router;
}

}  // namespace snaptrail::serving
