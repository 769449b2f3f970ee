#include "serving/endpoints.hpp"

#include <memory>
#include <utility>

namespace snaptrail::serving {
namespace {

Response metrics_response(const Endpoints& endpoints) {
  Response response;
  response.content_type = kExpositionType;
  response.body = endpoints.metrics.exposition();
  if (endpoints.state.synced()) response.body += object_metrics(endpoints.objects, endpoints.object_options);
  return response;
}

}  // namespace

Router make_router(Endpoints endpoints) {
  const auto shared = std::make_shared<const Endpoints>(std::move(endpoints));
  Router router;
  router.add("/metrics", [shared](const Request&) { return metrics_response(*shared); });
  router.add("/healthz", healthz);
  router.add("/readyz", [shared](const Request& request) { return readyz(shared->health(), request); });
  router.add("/", [shared](const Request&) { return status_page(shared->page.page(kPageRecords, kPageRows)); });
  router.add("/style.css", [](const Request&) { return style_sheet(); });
  router.add("/api/v1/status", [shared](const Request& request) { return api_status(shared->api, request); });
  router.add("/api/v1/timeline", [shared](const Request& request) { return api_timeline(shared->api, request); });
  return router;
}

}  // namespace snaptrail::serving
