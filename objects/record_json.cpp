#include "objects/record_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "objects/utf8.hpp"

namespace snaptrail::objects {
namespace {

namespace json = boost::json;

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value() : json::value(to_valid_utf8(text));
}

json::value ready_or_null(Ready ready) {
  return ready == Ready::Nil ? json::value() : json::value(ready == Ready::True);
}

json::value initiator_or_null(const std::optional<Initiator>& initiator) {
  if (!initiator) return {};
  const InitiatorTerms terms = initiator_terms(initiator->type);
  json::object out{{"type", text_or_null(initiator->type)}};
  out[terms.backup] = text_or_null(initiator->backup);
  if (!terms.restore.empty()) out[terms.restore] = text_or_null(initiator->restore);
  return out;
}

bool has_ready(Kind kind) { return kind == Kind::VolumeSnapshot || kind == Kind::VolumeSnapshotContent; }

}  // namespace

std::string to_json(const ObjectRecord& record) {
  json::object out;
  out["kind"] = text_or_null(to_string(record.kind));
  out["namespace"] = text_or_null(record.ns);
  out["name"] = text_or_null(record.name);
  out["uid"] = text_or_null(record.uid.str());
  out["state"] = text_or_null(to_string(record.state));
  out["readyToUse"] = has_ready(record.kind) ? ready_or_null(record.ready) : json::value();
  out["since"] = format_rfc3339(record.since);
  out["firstSeen"] = format_rfc3339(record.first_seen);
  out["driver"] = text_or_null(record.driver);
  out["deletionPolicy"] = text_or_null(to_string(record.policy));
  out["snapshotHandle"] = text_or_null(record.snapshot_handle);
  out["volumeHandle"] = text_or_null(record.volume_handle);
  out["content"] = text_or_null(record.content);
  out["chain"] = text_or_null(record.chain);
  out["initiator"] = initiator_or_null(record.initiator);
  out["error"] = text_or_null(record.error);
  out["outcome"] = text_or_null(record.outcome ? to_string(*record.outcome) : std::string_view{});
  return json::serialize(out);
}

}  // namespace snaptrail::objects
