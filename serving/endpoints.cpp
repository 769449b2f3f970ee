#include "serving/endpoints.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "serving/page_assets.hpp"

namespace snaptrail::serving {
namespace {

Response metrics_response(const Endpoints& endpoints) {
  Response response;
  response.content_type = kExpositionType;
  response.body = endpoints.metrics.exposition();
  if (!endpoints.state.synced()) return response;
  response.body += object_metrics(endpoints.objects, endpoints.object_options());
  response.body += coverage_metrics(endpoints.coverage, endpoints.coverage_options);
  return response;
}

void add_ledger_path(Router& router, const std::shared_ptr<const Endpoints>& shared, const char* path,
                     Response (*answer)(const ledger::Ledger& ledger, const Request& request)) {
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
  add_page(router);
  router.add("/api/v1/version", [shared](const Request&) { return api_version(shared->identity); });
  router.add("/api/v1/coverage", [shared](const Request& request) { return api_coverage(shared->coverage, request); });
  router.add("/api/v1/openapi.json", [](const Request&) { return openapi_document(); });
  router.add("/api/v1/stream", [shared](const Request& request) { return shared->feed.open(request); });
  for (const LedgerPath& path : ledger_paths()) add_ledger_path(router, shared, path.path, path.answer);
  return router;
}

}  // namespace snaptrail::serving
