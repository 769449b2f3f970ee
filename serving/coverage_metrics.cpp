#include "serving/coverage_metrics.hpp"

#include <chrono>

#include "serving/series_table.hpp"
#include "serving/series_writer.hpp"

namespace snaptrail::serving {
namespace {

enum ClaimFamily : std::size_t { kLast, kTarget };

std::string claim_series(const CoverageSource& source) {
  SeriesTable table{
      {"snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds",
       "When the data of the newest recoverable point are of, Unix time; 0: proven that there is none."},
      {"snaptrail_persistentvolumeclaim_rpo_target_seconds", "How old the newest recoverable point may be."}};
  for (const reconcilers::ClaimCoverage& claim : source.coverage()) {
    if (!table.add({{"namespace", claim.ns}, {"persistentvolumeclaim", claim.name}})) continue;
    if (claim.last) {
      table.put(kLast, objects::MaybeInstant(claim.last->cut));
    } else if (is_violation(claim.status)) {
      table.put(kLast, objects::MaybeInstant(objects::Instant{}));
    }
    if (claim.target.limit) {
      table.put(kTarget, std::chrono::duration_cast<std::chrono::seconds>(*claim.target.limit).count());
    }
  }
  std::string text;
  while (const auto piece = table.take()) text += *piece;
  return text;
}

}  // namespace

std::string coverage_metrics(const CoverageSource& source, const CoverageMetricsOptions& options) {
  std::string out;
  if (!options.enabled) return out;
  const bool suppressed = options.max_claims > 0 && source.claim_count() > options.max_claims;
  if (!suppressed) out += claim_series(source);
  SeriesWriter flag("snaptrail_persistentvolumeclaim_metrics_suppressed",
                    "1 while there are more bound CSI claims than may have series of their own.");
  flag.add({}, suppressed ? std::int64_t{1} : std::int64_t{0});
  flag.append_to(out);
  return out;
}

}  // namespace snaptrail::serving
