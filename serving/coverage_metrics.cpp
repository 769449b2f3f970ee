#include "serving/coverage_metrics.hpp"

#include <chrono>
#include <unordered_set>

#include "serving/label_guard.hpp"
#include "serving/series_writer.hpp"

namespace snaptrail::serving {
namespace {

class ClaimSeries {
 public:
  void add(const reconcilers::ClaimCoverage& claim) {
    // Names made valid might meet, and two series alike would cost the whole scrape.
    if (!names_.insert(label_value(claim.ns) + "/" + label_value(claim.name)).second) return;
    const LabelText in{"namespace", claim.ns}, named{"persistentvolumeclaim", claim.name};
    if (claim.last) {
      last_.add({in, named}, objects::MaybeInstant(claim.last->cut));
    } else if (is_violation(claim.status)) {
      last_.add({in, named}, std::int64_t{0});
    }
    if (claim.target.limit) {
      target_.add({in, named}, std::chrono::duration_cast<std::chrono::seconds>(*claim.target.limit).count());
    }
  }
  void append_to(std::string& out) const {
    last_.append_to(out);
    target_.append_to(out);
  }

 private:
  std::unordered_set<std::string> names_;
  SeriesWriter last_{"snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds",
                     "When the data of the newest recoverable point are of, Unix time; 0: proven that there is none."};
  SeriesWriter target_{"snaptrail_persistentvolumeclaim_rpo_target_seconds",
                       "How old the newest recoverable point may be."};
};

}  // namespace

std::string coverage_metrics(const CoverageSource& source, const CoverageMetricsOptions& options) {
  std::string out;
  if (!options.enabled) return out;
  const bool suppressed = options.max_claims > 0 && source.claim_count() > options.max_claims;
  if (!suppressed) {
    ClaimSeries series;
    for (const auto& claim : source.coverage()) series.add(claim);
    series.append_to(out);
  }
  SeriesWriter flag("snaptrail_persistentvolumeclaim_metrics_suppressed",
                    "1 while there are more bound CSI claims than may have series of their own.");
  flag.add({}, suppressed ? std::int64_t{1} : std::int64_t{0});
  flag.append_to(out);
  return out;
}

}  // namespace snaptrail::serving
