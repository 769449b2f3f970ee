#include <string>
#include <string_view>

#include "ledger/codec.hpp"
#include "ledger/codec_parts.hpp"

namespace snaptrail::ledger {
namespace {

using codec::bind_enum, codec::bind_initiator, codec::known, codec::optional_enum, codec::read_initiator;
using codec::ready_of, codec::ready_text;
using objects::ObjectRecord;

// The order is that of bind_record() and read_record(); the first is the key.
constexpr std::string_view kColumns =
    "uid, kind, namespace, name, state, ready, resource_version, first_seen, since, was_ready, "
    "deletion_policy, driver, class_name, snapshot_handle, handle_cleared, being_created, "
    "pre_provisioned, volume_handle, content, content_uid, snapshot_uid, claim_uid, chain, "
    "initiator_type, initiator_backup, initiator_restore, error, finalizers, cut, outcome, "
    "outcome_pending, restore_size";

}  // namespace

const std::string& record_columns() {
  static const std::string columns(kColumns);
  return columns;
}

const std::string& upsert_record_sql() {
  static const std::string sql = codec::upsert_sql("objects", kColumns);
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
  r.restore_size < 0 ? s.null() : s.integer(r.restore_size);
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
  const bool sized = !s.is_null();
  const auto size = s.read_integer();
  if (sized) r.restore_size = size;
  return r;
}

}  // namespace snaptrail::ledger
