#include "serving/option_metrics.hpp"

#include <chrono>

#include "serving/metric_family.hpp"

namespace snaptrail::serving {
namespace {

using prometheus::MetricType;

const FamilySpec kDecisions{
    "snaptrail_http_auth_decisions_total", "Requests by what was decided on who asked.", {{"decision"}}};
const FamilySpec kReviews{"snaptrail_http_auth_reviews_total",
                          "Questions to the API server about those who ask (token, access).",
                          {{"review"}}};
const FamilySpec kEvents{"snaptrail_kubernetes_events_total", "Kubernetes Events about findings.", {{"result"}}};

double as_double(std::uint64_t value) { return static_cast<double>(value); }

}  // namespace

std::vector<prometheus::MetricFamily> option_families(const OptionStats& stats) {
  std::vector<prometheus::MetricFamily> out;
  if (stats.tls) {
    out.push_back(single("snaptrail_http_certificate_last_reload_successful",
                         "1 if the certificate and key read last could be used.", MetricType::Gauge,
                         stats.tls->last_reload_successful ? 1 : 0));
    out.push_back(single("snaptrail_http_certificate_not_after_timestamp_seconds",
                         "When the certificate in use ends, Unix time.", MetricType::Gauge,
                         std::chrono::duration<double>(stats.tls->not_after.time_since_epoch()).count()));
  }
  ScrapedFamily decisions(kDecisions, MetricType::Counter), reviews(kReviews, MetricType::Counter),
      events(kEvents, MetricType::Counter);
  decisions.add({"allowed"}, as_double(stats.auth.allowed));
  decisions.add({"unauthenticated"}, as_double(stats.auth.unauthenticated));
  decisions.add({"forbidden"}, as_double(stats.auth.forbidden));
  decisions.add({"unavailable"}, as_double(stats.auth.unavailable));
  reviews.add({"token"}, as_double(stats.auth.token_reviews));
  reviews.add({"access"}, as_double(stats.auth.access_reviews));
  events.add({"created"}, as_double(stats.events.created));
  events.add({"patched"}, as_double(stats.events.patched));
  events.add({"failed"}, as_double(stats.events.failed));
  events.add({"dropped"}, as_double(stats.events.dropped));
  for (ScrapedFamily* family : {&decisions, &reviews, &events}) out.push_back(std::move(*family).take());
  out.push_back(single("snaptrail_http_auth_failed_reviews_total", "Questions about those who ask that got no answer.",
                       MetricType::Counter, as_double(stats.auth.failed_reviews)));
  out.push_back(single("snaptrail_http_auth_limited_reviews_total",
                       "Questions that were not asked: too many unknown tokens in too short a time.",
                       MetricType::Counter, as_double(stats.auth.limited_reviews)));
  return out;
}

}  // namespace snaptrail::serving
