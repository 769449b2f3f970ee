#include "serving/daemon_metrics.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "serving/metric_family.hpp"
#include "serving/option_metrics.hpp"

namespace snaptrail::serving {
namespace {

using prometheus::MetricType;

/// The statuses that the server gives; they begin at 0.
constexpr std::array<unsigned, 11> kStatuses = {200, 400, 401, 403, 404, 405, 413, 431, 500, 503, 504};

// `resource` is one of the informers' targets, a closed set; it is open only to be guarded all the same.
const FamilySpec kSynced{"snaptrail_informer_synced",
                         "Whether the resource's list is complete and its watch runs or resumes.",
                         {{"resource", true}}};
const FamilySpec kAvailability{"snaptrail_informer_availability",
                               "1 for the one availability that the resource has now.",
                               {{"resource", true}, {"availability"}}};
const FamilySpec kObjects{"snaptrail_informer_objects", "Objects of the resource in memory now.", {{"resource", true}}};
const FamilySpec kEvents{"snaptrail_informer_events_total", "Watch events received.", {{"resource", true}, {"type"}}};
const FamilySpec kRelists{"snaptrail_informer_relists_total",
                          "Complete lists after the first one, by why there had to be one.",
                          {{"resource", true}, {"cause"}}};
const FamilySpec kReconnects{"snaptrail_informer_reconnects_total",
                             "Watches asked for again at the version where the last one stopped, by why it did.",
                             {{"resource", true}, {"cause"}}};
const FamilySpec kAudits{"snaptrail_informer_audits_total",
                         "Comparisons of what is held with a consistent list, by result.",
                         {{"resource", true}, {"result"}}};
const FamilySpec kReceivedBytes{
    "snaptrail_informer_received_bytes_total", "Bytes of lists and watches received.", {{"resource", true}}};
const FamilySpec kDecodeErrors{"snaptrail_informer_decode_errors_total",
                               "Watch events and items of lists that could not be read.",
                               {{"resource", true}, {"error"}}};
const FamilySpec kLastSync{"snaptrail_informer_last_sync_duration_seconds",
                           "From the request of the last complete list to its end.",
                           {{"resource", true}}};
const FamilySpec kLastReceive{"snaptrail_informer_last_receive_timestamp_seconds",
                              "When bytes of the resource last arrived, Unix time.",
                              {{"resource", true}}};
const FamilySpec kAnswers{"snaptrail_http_requests_total", "Answers of the HTTP server.", {{"code"}}};

double as_double(std::uint64_t value) { return static_cast<double>(value); }

void add_informers(const std::vector<InformerStats>& informers, std::vector<prometheus::MetricFamily>& out) {
  ScrapedFamily synced(kSynced, MetricType::Gauge), availability(kAvailability, MetricType::Gauge),
      objects(kObjects, MetricType::Gauge), events(kEvents, MetricType::Counter),
      last_receive(kLastReceive, MetricType::Gauge, Combine::Least);
  for (const InformerStats& one : informers) {
    synced.add({one.name}, one.availability == Availability::Synced ? 1 : 0);
    for (const auto& [value, name] : kAvailabilities) {
      availability.add({one.name, name}, one.availability == value ? 1 : 0);
    }
    objects.add({one.name}, as_double(one.objects));
    events.add({one.name, "ADDED"}, as_double(one.added));
    events.add({one.name, "MODIFIED"}, as_double(one.modified));
    events.add({one.name, "DELETED"}, as_double(one.deleted));
    events.add({one.name, "BOOKMARK"}, as_double(one.bookmarks));
    events.add({one.name, "ERROR"}, as_double(one.errors));
    if (one.last_receive) {
      last_receive.add({one.name}, std::chrono::duration<double>((*one.last_receive).time_since_epoch()).count());
    }
  }
  for (ScrapedFamily* family : {&synced, &availability, &objects, &events, &last_receive}) {
    out.push_back(std::move(*family).take());
  }
}

void add_traffic(const std::vector<InformerStats>& all, std::vector<prometheus::MetricFamily>& out) {
  ScrapedFamily relists(kRelists, MetricType::Counter), reconnects(kReconnects, MetricType::Counter),
      audits(kAudits, MetricType::Counter), bytes(kReceivedBytes, MetricType::Counter),
      decode_errors(kDecodeErrors, MetricType::Counter), last_sync(kLastSync, MetricType::Gauge);
  for (const InformerStats& one : all) {
    const informers::StreamTraffic& traffic = one.traffic;
    for (std::size_t i = 0; i < informers::kRelistCauses.size(); ++i) {
      relists.add({one.name, informers::kRelistCauses.at(i)}, as_double(traffic.relists.counts.at(i)));
    }
    for (std::size_t i = 0; i < informers::kReconnectCauses.size(); ++i) {
      reconnects.add({one.name, informers::kReconnectCauses.at(i)}, as_double(traffic.reconnects.counts.at(i)));
    }
    for (std::size_t i = 0; i < informers::kAuditResults.size(); ++i) {
      audits.add({one.name, informers::kAuditResults.at(i)}, as_double(traffic.audits.counts.at(i)));
    }
    bytes.add({one.name}, as_double(traffic.bytes));
    decode_errors.add({one.name, "malformed"}, as_double(traffic.malformed));
    decode_errors.add({one.name, "oversized"}, as_double(traffic.oversized));
    if (traffic.last_sync) last_sync.add({one.name}, std::chrono::duration<double>(*traffic.last_sync).count());
  }
  for (ScrapedFamily* family : {&relists, &reconnects, &audits, &bytes, &decode_errors, &last_sync}) {
    out.push_back(std::move(*family).take());
  }
}

void add_ledger(const ledger::WriterHealth& health, std::vector<prometheus::MetricFamily>& out) {
  const auto add = [&out](std::string_view name, std::string_view help, MetricType type, double value) {
    out.push_back(single(name, help, type, value));
  };
  add("snaptrail_ledger_failing", "1 while commits to the ledger fail.", MetricType::Gauge, health.failing ? 1 : 0);
  add("snaptrail_ledger_queued_rows", "Rows that wait for their commit.", MetricType::Gauge,
      as_double(health.queued_rows));
  add("snaptrail_ledger_committed_rows_total", "Rows committed.", MetricType::Counter,
      as_double(health.committed_rows));
  add("snaptrail_ledger_dropped_rows_total", "Rows given up because the queue was full; a gap row stands for them.",
      MetricType::Counter, as_double(health.dropped_rows));
  add("snaptrail_ledger_commits_total", "Transactions committed.", MetricType::Counter, as_double(health.commits));
  add("snaptrail_ledger_failed_commits_total", "Transactions that failed; each is tried again.", MetricType::Counter,
      as_double(health.failed_commits));
}

void add_http(const HttpStats& stats, std::vector<prometheus::MetricFamily>& out) {
  ScrapedFamily answers(kAnswers, MetricType::Counter);
  for (const unsigned status : kStatuses) answers.add({std::to_string(status)}, 0);
  for (const auto& [status, count] : stats.answers) answers.add({std::to_string(status)}, as_double(count));
  out.push_back(std::move(answers).take());
  out.push_back(single("snaptrail_http_handler_exceptions_total", "Requests whose handler failed (500).",
                       MetricType::Counter, as_double(stats.handler_exceptions)));
  out.push_back(single("snaptrail_http_refused_connections_total", "Connections refused beyond the limit.",
                       MetricType::Counter, as_double(stats.refused_connections)));
  out.push_back(single("snaptrail_http_evicted_connections_total",
                       "Idle connections closed for new ones beyond the limit.", MetricType::Counter,
                       as_double(stats.evicted_connections)));
  out.push_back(single("snaptrail_http_failed_tls_handshakes_total", "TLS handshakes that failed or took too long.",
                       MetricType::Counter, as_double(stats.failed_handshakes)));
  out.push_back(single("snaptrail_http_connections", "Open connections.", MetricType::Gauge,
                       static_cast<double>(stats.connections)));
}

}  // namespace

std::vector<prometheus::MetricFamily> daemon_families(const StateSource& source,
                                                      const std::vector<InformerStats>& informers) {
  std::vector<prometheus::MetricFamily> out;
  add_informers(informers, out);
  add_traffic(informers, out);
  add_ledger(source.ledger(), out);
  out.push_back(single("snaptrail_epoch", "The epoch of the history; rises when the cluster's history went back.",
                       MetricType::Gauge, static_cast<double>(source.epoch())));
  add_http(source.http(), out);
  for (auto& family : option_families(source.options())) out.push_back(std::move(family));
  return out;
}

}  // namespace snaptrail::serving
