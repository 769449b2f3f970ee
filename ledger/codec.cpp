#include "ledger/codec.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "ledger/ledger.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::ledger {
namespace {

using objects::ObjectRecord;
using objects::Row;

// The order is that of bind_row() and read_row().
constexpr std::array<std::string_view, 42> kRowColumns = {
    "seq",           "cluster",       "epoch",           "type",
    "at",            "api_time",      "kind",            "namespace",
    "name",          "uid",           "from_state",      "to_state",
    "outcome",       "ready_from",    "ready_to",        "reason",
    "message",       "resource_version", "actor",        "cause_kind",
    "cause_uid",     "cause_resource_version", "chain",  "content",
    "claim_uid",     "deletion_policy", "driver",        "snapshot_handle",
    "volume_handle", "initiator_type", "initiator_backup", "initiator_restore",
    "late",          "fact_type",     "fact_from",       "fact_to",
    "gap_resource",  "gap_since",     "gap_until",       "gap_first_resource_version",
    "gap_last_resource_version", "gap_cause"};

// The order is that of bind_record() and read_record(); the first is the key.
constexpr std::array<std::string_view, 31> kRecordColumns = {
    "uid",           "kind",           "namespace",       "name",
    "state",         "ready",          "resource_version", "first_seen",
    "since",         "was_ready",      "deletion_policy", "driver",
    "class_name",    "snapshot_handle", "handle_cleared", "being_created",
    "pre_provisioned", "volume_handle", "content",        "content_uid",
    "snapshot_uid",  "claim_uid",      "chain",           "initiator_type",
    "initiator_backup", "initiator_restore", "error",     "finalizers",
    "cut",           "outcome",        "outcome_pending"};

std::string joined(std::span<const std::string_view> columns) {
  return fmt::format("{}", fmt::join(columns, ", "));
}

std::string insert_sql(std::string_view table, std::span<const std::string_view> columns) {
  std::string sql = fmt::format("INSERT INTO {} ({}) VALUES (?", table, joined(columns));
  for (std::size_t i = 1; i < columns.size(); ++i) sql += ", ?";
  return sql + ")";
}

// kind_of() is overloaded, so it can't be passed as it is.
std::optional<objects::Kind> kind_named(std::string_view name) { return objects::kind_of(name); }

std::string_view ready_text(objects::Ready ready) {
  switch (ready) {
    case objects::Ready::True: return "true";
    case objects::Ready::False: return "false";
    case objects::Ready::Nil: break;
  }
  return "nil";
}

objects::Ready ready_of(std::string_view text) {
  return text == "true" ? objects::Ready::True : text == "false" ? objects::Ready::False : objects::Ready::Nil;
}

template <class Value>
Value known(std::optional<Value> value, std::string_view what, std::string_view text) {
  if (value) return *value;
  throw Error(Errc::corrupt, fmt::format("ledger: {} '{}' is unknown to this program: use the snaptrail that wrote "
                                         "the file, or a newer one",
                                         what, objects::to_printable(text.substr(0, 60))));
}

// An enumeration of a column that may be NULL: absent if NULL or unknown.
template <class Of>
auto optional_enum(Statement& s, Of of) -> decltype(of(std::string_view())) {
  if (s.is_null()) {
    s.skip();
    return std::nullopt;
  }
  return of(s.read_text());
}

template <class Enum>
void bind_enum(Statement& s, const std::optional<Enum>& value) {
  if (value) {
    s.text(to_string(*value));
  } else {
    s.null();
  }
}

void bind_cause(Statement& s, const std::optional<objects::Cause>& cause) {
  if (!cause) {
    s.null().null().null();
    return;
  }
  s.text(to_string(cause->kind)).uid_or_null(cause->uid).text_or_null(cause->resource_version);
}

std::optional<objects::Cause> read_cause(Statement& s) {
  const auto kind = optional_enum(s, kind_named);
  objects::Cause cause{.kind = kind.value_or(objects::Kind::VolumeSnapshot), .uid = s.read_uid(),
                       .resource_version = s.read_text()};
  return kind ? std::optional(std::move(cause)) : std::nullopt;
}

// The type tells whether there is one, so it is never NULL then.
void bind_initiator(Statement& s, const std::optional<objects::Initiator>& initiator) {
  if (!initiator) {
    s.null().null().null();
    return;
  }
  s.text(initiator->type).text_or_null(initiator->backup).text_or_null(initiator->restore);
}

std::optional<objects::Initiator> read_initiator(Statement& s) {
  const bool none = s.is_null();
  objects::Initiator initiator{.type = s.read_text(), .backup = s.read_text(), .restore = s.read_text()};
  return none ? std::nullopt : std::optional(std::move(initiator));
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
  objects::Fact fact{.type = type.value_or(objects::FactType::ErrorChanged), .from = s.read_text(),
                     .to = s.read_text()};
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
  static const std::string columns = joined(kRowColumns);
  return columns;
}

const std::string& insert_row_sql() {
  static const std::string sql = insert_sql("rows", kRowColumns);
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
  return row;
}

const std::string& record_columns() {
  static const std::string columns = joined(kRecordColumns);
  return columns;
}

const std::string& upsert_record_sql() {
  static const std::string sql = [] {
    std::string text = insert_sql("objects", kRecordColumns) + " ON CONFLICT (uid) DO UPDATE SET ";
    for (std::size_t i = 1; i < kRecordColumns.size(); ++i) {
      text += fmt::format("{}{} = excluded.{}", i > 1 ? ", " : "", kRecordColumns[i], kRecordColumns[i]);
    }
    return text;
  }();
  return sql;
}

void bind_record(Statement& s, const ObjectRecord& r) {
  s.uid(r.uid).text(to_string(r.kind)).text_or_null(r.ns).text_or_null(r.name).text(to_string(r.state));
  s.text(ready_text(r.ready)).text_or_null(r.resource_version).instant(r.first_seen).instant(r.since);
  s.integer(r.was_ready ? 1 : 0).text_or_null(to_string(r.policy)).text_or_null(r.driver);
  s.text_or_null(r.class_name).text_or_null(r.snapshot_handle).integer(r.handle_cleared ? 1 : 0);
  s.integer(r.being_created ? 1 : 0).integer(r.pre_provisioned ? 1 : 0).text_or_null(r.volume_handle);
  s.text_or_null(r.content).uid_or_null(r.content_uid).uid_or_null(r.snapshot_uid).uid_or_null(r.claim_uid);
  s.uid_text(r.chain);
  bind_initiator(s, r.initiator);
  s.text_or_null(r.error).text_or_null(r.finalizers).instant_or_null(r.cut);
  bind_enum(s, r.outcome);
  s.integer(r.outcome_pending ? 1 : 0);
}

ObjectRecord read_record(Statement& s) {
  ObjectRecord r;
  r.uid = s.read_uid();
  const auto kind = s.read_text();
  r.kind = known(objects::kind_of(kind), "the kind of an object", kind);
  r.ns = s.read_text();
  r.name = s.read_text();
  const auto state = s.read_text();
  r.state = known(objects::state_of(state), "the state of an object", state);
  r.ready = ready_of(s.read_text());
  r.resource_version = s.read_text();
  r.first_seen = s.read_instant();
  r.since = s.read_instant();
  r.was_ready = s.read_integer() != 0;
  r.policy = objects::policy_of(s.read_text());
  r.driver = s.read_text();
  r.class_name = s.read_text();
  r.snapshot_handle = s.read_text();
  r.handle_cleared = s.read_integer() != 0;
  r.being_created = s.read_integer() != 0;
  r.pre_provisioned = s.read_integer() != 0;
  r.volume_handle = s.read_text();
  r.content = s.read_text();
  r.content_uid = s.read_uid();
  r.snapshot_uid = s.read_uid();
  r.claim_uid = s.read_uid();
  r.chain = s.read_uid_text();
  r.initiator = read_initiator(s);
  r.error = s.read_text();
  r.finalizers = s.read_text();
  r.cut = s.read_instant_or_null();
  r.outcome = optional_enum(s, objects::outcome_of);
  r.outcome_pending = s.read_integer() != 0;
  return r;
}

}  // namespace snaptrail::ledger
