#include <optional>
#include <string>
#include <string_view>

#include "ledger/codec.hpp"
#include "ledger/codec_parts.hpp"

namespace snaptrail::ledger {
namespace {

using codec::bind_enum, codec::bind_initiator, codec::kind_named, codec::known, codec::optional_enum;
using codec::read_initiator, codec::ready_of, codec::ready_text;
using objects::Row;

// The order is that of bind_row() and read_row().
constexpr std::string_view kColumns =
    "seq, cluster, epoch, type, at, api_time, kind, namespace, name, uid, from_state, to_state, outcome, "
    "ready_from, ready_to, reason, message, resource_version, actor, cause_kind, cause_uid, "
    "cause_resource_version, chain, content, claim_uid, deletion_policy, driver, snapshot_handle, "
    "volume_handle, initiator_type, initiator_backup, initiator_restore, late, fact_type, fact_from, "
    "fact_to, gap_resource, gap_since, gap_until, gap_first_resource_version, gap_last_resource_version, "
    "gap_cause, finding_event, finding_category, finding_severity, finding_since, finding_baseline, "
    "finding_detail";

void bind_cause(Statement& s, const std::optional<objects::Cause>& cause) {
  if (!cause) {
    s.null().null().null();
    return;
  }
  s.text(to_string(cause->kind)).uid_or_null(cause->uid).text_or_null(cause->resource_version);
}

std::optional<objects::Cause> read_cause(Statement& s) {
  const auto kind = optional_enum(s, kind_named);
  objects::Cause cause{
      .kind = kind.value_or(objects::Kind::VolumeSnapshot), .uid = s.read_uid(), .resource_version = s.read_text()};
  return kind ? std::optional(std::move(cause)) : std::nullopt;
}

void bind_fact(Statement& s, const std::optional<objects::Fact>& fact) {
  if (!fact) {
    s.null().null().null();
    return;
  }
  s.text(to_string(fact->type)).text_or_null(fact->from).text_or_null(fact->to);
}

std::optional<objects::Fact> read_fact(Statement& s) {
  const auto type = optional_enum(s, objects::fact_type_of);
  objects::Fact fact{
      .type = type.value_or(objects::FactType::ErrorChanged), .from = s.read_text(), .to = s.read_text()};
  return type ? std::optional(std::move(fact)) : std::nullopt;
}

void bind_gap(Statement& s, const std::optional<objects::Gap>& gap) {
  if (!gap) {
    s.null().null().null().null().null().null();
    return;
  }
  s.text(gap->resource).instant(gap->since).instant(gap->until);
  s.text_or_null(gap->first_resource_version).text_or_null(gap->last_resource_version).text(to_string(gap->cause));
}

std::optional<objects::Gap> read_gap(Statement& s) {
  const bool none = s.is_null();
  objects::Gap gap;
  gap.resource = s.read_text();
  gap.since = s.read_instant();
  gap.until = s.read_instant();
  gap.first_resource_version = s.read_text();
  gap.last_resource_version = s.read_text();
  gap.cause = optional_enum(s, objects::gap_cause_of).value_or(objects::GapCause::Disconnected);
  return none ? std::nullopt : std::optional(std::move(gap));
}

void bind_finding(Statement& s, const std::optional<objects::FindingNote>& finding) {
  if (!finding) {
    s.null().null().null().null().null().null();
    return;
  }
  s.text(to_string(finding->event)).text(finding->category).text(finding->severity).instant(finding->since);
  s.integer(finding->baseline ? 1 : 0).text_or_null(finding->detail);
}

std::optional<objects::FindingNote> read_finding(Statement& s) {
  const auto event = optional_enum(s, objects::finding_event_of);
  objects::FindingNote finding;
  finding.event = event.value_or(objects::FindingEvent::Began);
  finding.category = s.read_text();
  finding.severity = s.read_text();
  finding.since = s.read_instant();
  finding.baseline = s.read_integer() != 0;
  finding.detail = s.read_text();
  return event ? std::optional(std::move(finding)) : std::nullopt;
}

void bind_ready(Statement& s, const std::optional<objects::ReadyChange>& ready) {
  if (!ready) {
    s.null().null();
    return;
  }
  s.text(ready_text(ready->from)).text(ready_text(ready->to));
}

std::optional<objects::ReadyChange> read_ready(Statement& s) {
  const bool none = s.is_null();
  objects::ReadyChange ready{.from = ready_of(s.read_text()), .to = ready_of(s.read_text())};
  return none ? std::nullopt : std::optional(ready);
}

}  // namespace

const std::string& row_columns() {
  static const std::string columns(kColumns);
  return columns;
}

const std::string& insert_row_sql() {
  static const std::string sql = codec::insert_sql("rows", kColumns);
  return sql;
}

void bind_row(Statement& s, const Row& row, std::int64_t seq) {
  s.integer(seq).text_or_null(row.cluster).integer(row.epoch).text(to_string(row.type)).instant(row.at);
  s.instant_or_null(row.api_time);
  bind_enum(s, row.kind);
  s.text_or_null(row.ns).text_or_null(row.name).uid_or_null(row.uid);
  bind_enum(s, row.from);
  bind_enum(s, row.to);
  bind_enum(s, row.outcome);
  bind_ready(s, row.ready);
  s.text_or_null(row.reason).text_or_null(row.message).text_or_null(row.resource_version).text_or_null(row.actor);
  bind_cause(s, row.cause);
  s.uid_text(row.chain).text_or_null(row.content).uid_or_null(row.claim_uid);
  s.text_or_null(to_string(row.policy)).text_or_null(row.driver);
  s.text_or_null(row.snapshot_handle).text_or_null(row.volume_handle);
  bind_initiator(s, row.initiator);
  s.integer(row.late ? 1 : 0);
  bind_fact(s, row.fact);
  bind_gap(s, row.gap);
  bind_finding(s, row.finding);
}

Row read_row(Statement& s) {
  Row row;
  row.seq = s.read_integer();
  row.cluster = s.read_text();
  row.epoch = s.read_integer();
  const auto type = s.read_text();
  row.type = known(objects::row_type_of(type), "the row type", type);
  row.at = s.read_instant();
  row.api_time = s.read_instant_or_null();
  row.kind = optional_enum(s, kind_named);
  row.ns = s.read_text();
  row.name = s.read_text();
  row.uid = s.read_uid();
  row.from = optional_enum(s, objects::state_of);
  row.to = optional_enum(s, objects::state_of);
  row.outcome = optional_enum(s, objects::outcome_of);
  row.ready = read_ready(s);
  row.reason = s.read_text();
  row.message = s.read_text();
  row.resource_version = s.read_text();
  row.actor = s.read_text();
  row.cause = read_cause(s);
  row.chain = s.read_uid_text();
  row.content = s.read_text();
  row.claim_uid = s.read_uid();
  row.policy = objects::policy_of(s.read_text());
  row.driver = s.read_text();
  row.snapshot_handle = s.read_text();
  row.volume_handle = s.read_text();
  row.initiator = read_initiator(s);
  row.late = s.read_integer() != 0;
  row.fact = read_fact(s);
  row.gap = read_gap(s);
  row.finding = read_finding(s);
  return row;
}

}  // namespace snaptrail::ledger
