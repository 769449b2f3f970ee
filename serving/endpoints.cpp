#include "serving/endpoints.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "serving/answer_cache.hpp"
#include "serving/api_query.hpp"
#include "serving/page_assets.hpp"

namespace snaptrail::serving {
namespace {

/// Objects whose series are written piece by piece; those of fewer are half a megabyte at most.
constexpr std::size_t kPiecewise = 500;

/// Scrapes in pieces that there may be at once: each keeps up to 14 MB for as long as its reader takes.
constexpr std::size_t kScrapes = 8;

/// A scrape: what is small, then the objects' series. It is one of `alive` from its beginning to its end.
class Scrape : public BodyPieces {
 public:
  Scrape(std::string first, ObjectSeries series, std::shared_ptr<std::size_t> alive)
      : first_(std::move(first)), series_(std::move(series)), alive_(std::move(alive)) {
    ++*alive_;
  }
  ~Scrape() override { --*alive_; }
  Scrape(const Scrape&) = delete;
  Scrape& operator=(const Scrape&) = delete;

  std::optional<std::string> take() override {
    if (!first_.empty()) return std::exchange(first_, {});
    return series_.take();
  }

 private:
  std::string first_;
  ObjectSeries series_;
  std::shared_ptr<std::size_t> alive_;
};

bool is_piecewise(const Endpoints& endpoints, const ObjectMetricsOptions& options) {
  return endpoints.state.synced() && options.enabled &&
         endpoints.objects.snapshot_count() + endpoints.objects.content_count() > kPiecewise;
}

Response too_many_scrapes() {
  Response response = text_response(503, "too many scrapes are being read; try again in a moment");
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

Response metrics_response(const Endpoints& endpoints, const std::shared_ptr<std::size_t>& alive) {
  const ObjectMetricsOptions options = endpoints.object_options();
  const bool piecewise = is_piecewise(endpoints, options);
  if (piecewise && *alive >= kScrapes) return too_many_scrapes();
  Response response;
  response.content_type = kExpositionType;
  response.body = endpoints.metrics.exposition();
  if (!endpoints.state.synced()) return response;
  response.body += coverage_metrics(endpoints.coverage, endpoints.coverage_options);
  if (piecewise) {
    response.pieces =
        std::make_shared<Scrape>(std::move(response.body), ObjectSeries(endpoints.objects, options), alive);
  } else {
    response.body += object_metrics(endpoints.objects, options);
  }
  return response;
}

void add_ledger_path(Router& router, const std::shared_ptr<const Endpoints>& shared, const LedgerPath& path) {
  const auto cache = path.kept ? std::make_shared<AnswerCache>() : nullptr;
  router.add_deferred(path.path, [shared, cache, answer = path.answer](const Request& request, Reply reply) {
    shared->ledger.answer(
        [cache, answer, request](const ledger::Ledger& ledger) {
          return cache ? cache->answer(ledger, request, answer) : answer(ledger, request);
        },
        std::move(reply));
  });
}

/// Of now from memory, of a moment (`moment` reads it) from the ledger: the targets are taken only of a question that can be answered.
void add_coverage_path(Router& router, const std::shared_ptr<const Endpoints>& shared, const char* path,
                       objects::MaybeInstant (*moment)(const Request& request),
                       Response (*now)(const CoverageSource& source, const Request& request),
                       Response (*then)(const ledger::Ledger& ledger, const Request& request,
                                        const TargetsNow& targets)) {
  router.add_deferred(path, [shared, moment, now, then](const Request& request, Reply reply) {
    objects::MaybeInstant at;
    try {
      at = moment(request);
    } catch (const ApiProblem& problem) {
      return reply(json_error(400, problem.message));
    }
    if (!at) return reply(now(shared->coverage, request));
    shared->ledger.answer([then, request, targets = TargetsNow(shared->coverage)](
                              const ledger::Ledger& ledger) { return then(ledger, request, targets); },
                          std::move(reply));
  });
}

}  // namespace

Router make_router(Endpoints endpoints) {
  const auto shared = std::make_shared<const Endpoints>(std::move(endpoints));
  Router router;
  router.add("/metrics", [shared, alive = std::make_shared<std::size_t>(0)](const Request&) {
    return metrics_response(*shared, alive);
  });
  router.add("/healthz", healthz);
  router.add("/readyz", [shared](const Request& request) { return readyz(shared->health(), request); });
  add_page(router);
  router.add("/api/v1/version",
             [shared](const Request&) { return api_version(shared->identity, shared->feed.last()); });
  add_coverage_path(
      router, shared, "/api/v1/coverage", [](const Request& request) { return parse_coverage(request).at; },
      api_coverage, api_coverage_then);
  add_coverage_path(router, shared, "/api/v1/protection", parse_protection, api_protection, api_protection_then);
  router.add("/api/v1/openapi.json", [](const Request&) { return openapi_document(); });
  router.add("/api/v1/stream", [shared](const Request& request) { return shared->feed.open(request); });
  for (const LedgerPath& path : ledger_paths()) add_ledger_path(router, shared, path);
  return router;
}

}  // namespace snaptrail::serving
