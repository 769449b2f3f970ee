#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/source.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

std::optional<objects::Instant> time_in(const json::object& json, std::string_view name) {
  return objects::parse_rfc3339(text_in(json, name));
}

objects::Ready ready_in(const json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  if (!value || !value->is_bool()) return objects::Ready::Nil;
  return value->get_bool() ? objects::Ready::True : objects::Ready::False;
}

const json::object* object_in(const json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  return value && value->is_object() ? &value->get_object() : nullptr;
}

void read_finding(const json::object& json, objects::Row& row) {
  objects::FindingNote note;
  note.event = objects::finding_event_of(text_in(json, "event")).value_or(objects::FindingEvent::Began);
  note.category = text_in(json, "category");
  note.severity = text_in(json, "severity");
  note.since = time_in(json, "since").value_or(objects::Instant());
  const auto* baseline = json.if_contains("baseline");
  note.baseline = baseline && baseline->is_bool() && baseline->get_bool();
  if (const auto* detail = object_in(json, "detail")) note.detail = boost::json::serialize(*detail);
  row.finding = std::move(note);
}

void read_parts(const json::object& json, objects::Row& row) {
  if (const auto* ready = object_in(json, "readyToUse")) {
    row.ready = objects::ReadyChange{ready_in(*ready, "from"), ready_in(*ready, "to")};
  }
  if (const auto* initiator = object_in(json, "initiator")) {
    row.initiator =
        objects::Initiator{text_in(*initiator, "type"), text_in(*initiator, "backup"), text_in(*initiator, "restore")};
  }
  if (const auto* cause = object_in(json, "cause")) {
    row.cause = objects::Cause{objects::kind_of(text_in(*cause, "kind")).value_or(objects::Kind::Event),
                               objects::Uid::parse(text_in(*cause, "uid")).value_or(objects::Uid()),
                               text_in(*cause, "resourceVersion")};
  }
  if (const auto* fact = object_in(json, "fact")) {
    if (const auto type = objects::fact_type_of(text_in(*fact, "type"))) {
      row.fact = objects::Fact{*type, text_in(*fact, "from"), text_in(*fact, "to")};
    }
  }
  if (const auto* gap = object_in(json, "gap")) {
    row.gap = objects::Gap{text_in(*gap, "resource"),
                           time_in(*gap, "since").value_or(objects::Instant()),
                           time_in(*gap, "until").value_or(objects::Instant()),
                           text_in(*gap, "firstResourceVersion"),
                           text_in(*gap, "lastResourceVersion"),
                           objects::gap_cause_of(text_in(*gap, "cause")).value_or(objects::GapCause::Disconnected)};
  }
  if (const auto* finding = object_in(json, "finding")) read_finding(*finding, row);
}

}  // namespace

objects::Row row_from_json(const json::object& json) {
  objects::Row row;
  if (const auto* seq = json.if_contains("seq"); seq && seq->is_int64()) row.seq = seq->get_int64();
  if (const auto* epoch = json.if_contains("epoch"); epoch && epoch->is_int64()) row.epoch = epoch->get_int64();
  if (const auto* late = json.if_contains("late"); late && late->is_bool()) row.late = late->get_bool();
  row.cluster = text_in(json, "cluster");
  row.type = objects::row_type_of(text_in(json, "type")).value_or(objects::RowType::Transition);
  row.at = time_in(json, "at").value_or(objects::Instant());
  row.api_time = time_in(json, "apiTime");
  row.kind = objects::kind_of(text_in(json, "kind"));
  row.ns = text_in(json, "namespace");
  row.name = text_in(json, "name");
  row.uid = objects::Uid::parse(text_in(json, "uid")).value_or(objects::Uid());
  row.from = objects::state_of(text_in(json, "from"));
  row.to = objects::state_of(text_in(json, "to"));
  row.outcome = objects::outcome_of(text_in(json, "outcome"));
  row.reason = text_in(json, "reason");
  row.message = text_in(json, "message");
  row.resource_version = text_in(json, "resourceVersion");
  row.actor = text_in(json, "actor");
  row.chain = text_in(json, "chain");
  row.content = text_in(json, "content");
  row.claim_uid = objects::Uid::parse(text_in(json, "claimUid")).value_or(objects::Uid());
  row.policy = objects::policy_of(text_in(json, "deletionPolicy"));
  row.driver = text_in(json, "driver");
  row.snapshot_handle = text_in(json, "snapshotHandle");
  row.volume_handle = text_in(json, "volumeHandle");
  read_parts(json, row);
  return row;
}

}  // namespace snaptrail::cmd
