#include "serving/api_coverage.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <string_view>
#include <tuple>

#include "serving/api_query.hpp"
#include "serving/guarded.hpp"
#include "serving/json_values.hpp"

namespace snaptrail::serving {
namespace {

namespace json = boost::json;
using reconcilers::ClaimCoverage;

json::object json_of(const reconcilers::RecoveryPoint& point) {
  json::object out;
  out["kind"] = to_string(point.kind);
  out["cut"] = objects::format_rfc3339(point.cut);
  out["handle"] = text_or_null(point.handle);
  out["backup"] = text_or_null(point.backup);
  return out;
}

json::value json_of(const reconcilers::EndedPoint& ended) {
  json::object out = json_of(ended.point);
  out["end"] = to_string(ended.end);
  out["endedAt"] = objects::format_rfc3339(ended.at);
  return out;
}

json::object json_of(const ClaimCoverage& claim) {
  json::object out;
  out["namespace"] = text_or_null(claim.ns);
  out["name"] = text_or_null(claim.name);
  out["uid"] = text_or_null(claim.uid.str());
  out["status"] = to_string(claim.status);
  const auto& limit = claim.target.limit;
  out["targetSeconds"] =
      limit ? json::value(std::chrono::duration_cast<std::chrono::seconds>(*limit).count()) : json::value();
  out["targetFrom"] = to_string(claim.target.origin);
  out["ignoredAnnotation"] = text_or_null(claim.target.ignored);
  out["due"] = time_or_null(claim.due);
  out["watchedSince"] = time_or_null(claim.watched);
  out["points"] = claim.points;
  out["lastRecoverable"] = claim.last ? json::value(json_of(*claim.last)) : json::value();
  out["lastEnded"] = claim.ended ? json_of(*claim.ended) : json::value();
  json::value skipped;
  if (claim.skipped) {
    skipped = json::object{{"backup", text_or_null(claim.skipped->backup)},
                           {"completed", objects::format_rfc3339(claim.skipped->completed)}};
  }
  out["skippedBy"] = std::move(skipped);
  out["storageClass"] = text_or_null(claim.storage_class);
  out["driver"] = text_or_null(claim.driver);
  out["volumeHandle"] = text_or_null(claim.volume_handle);
  return out;
}

bool matches(const CoveragePage& wanted, const ClaimCoverage& claim) {
  return (wanted.ns.empty() || wanted.ns == claim.ns) && (wanted.name.empty() || wanted.name == claim.name) &&
         (!wanted.status || wanted.status == claim.status) && (!wanted.skipped || claim.skipped) &&
         std::tie(claim.ns, claim.name) > std::tie(wanted.after_ns, wanted.after_name);
}

}  // namespace

Response api_coverage(const CoverageSource& source, const Request& request) {
  return guarded([&]() -> Response {
    const CoveragePage wanted = parse_coverage(request);
    std::string items;
    const ClaimCoverage* last = nullptr;
    std::size_t count = 0;
    bool more = false;
    for (const ClaimCoverage& claim : source.coverage()) {
      if (!matches(wanted, claim)) continue;
      if (count == wanted.first) {
        more = true;
        break;
      }
      if (count++ > 0) items += ",\n";
      items += json::serialize(json_of(claim));
      last = &claim;
    }
    const json::value token = more ? json::value(last->ns + "/" + last->name) : json::value();
    Response response;
    response.content_type = kJson;
    response.body = fmt::format("{{\"items\":[{}],\n\"continue\":{}}}\n", items, json::serialize(token));
    return response;
  });
}

}  // namespace snaptrail::serving
