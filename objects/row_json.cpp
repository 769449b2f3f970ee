#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "objects/row.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::objects {
namespace {

/// Writes one JSON object's members in order.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  ~Members() { out_ += '}'; }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  void raw(std::string_view name, std::string_view json) {
    begin(name);
    out_ += json;
  }
  void text_or_null(std::string_view name, std::string_view text) {
    begin(name);
    if (text.empty()) {
      out_ += "null";
    } else {
      quote(text);
    }
  }
  void time_or_null(std::string_view name, std::optional<Instant> at) {
    text_or_null(name, at ? format_rfc3339(*at) : std::string());
  }
  template <class Enum>
  void enum_or_null(std::string_view name, const std::optional<Enum>& value) {
    text_or_null(name, value ? to_string(*value) : std::string_view{});
  }

 private:
  void begin(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }
  void quote(std::string_view text) {
    if (stands_for_itself(text)) {
      out_ += '"';
      out_ += text;
      out_ += '"';
    } else {
      out_ += boost::json::serialize(boost::json::string(to_valid_utf8(text)));
    }
  }

  std::string& out_;
  bool first_ = true;
};

std::string_view ready_json(Ready ready) {
  switch (ready) {
    case Ready::Nil: return "null";
    case Ready::False: return "false";
    case Ready::True: return "true";
  }
  return "null";
}

std::string cause_json(const std::optional<Cause>& cause) {
  if (!cause) return "null";
  std::string out;
  {
    Members members(out);
    members.text_or_null("kind", to_string(cause->kind));
    members.text_or_null("uid", cause->uid.str());
    members.text_or_null("resourceVersion", cause->resource_version);
  }
  return out;
}

std::string initiator_json(const std::optional<Initiator>& initiator) {
  if (!initiator) return "null";
  std::string out;
  {
    Members members(out);
    const InitiatorTerms terms = initiator_terms(initiator->type);
    members.text_or_null("type", initiator->type);
    members.text_or_null(terms.backup, initiator->backup);
    if (!terms.restore.empty()) members.text_or_null(terms.restore, initiator->restore);
  }
  return out;
}

std::string fact_json(const std::optional<Fact>& fact) {
  if (!fact) return "null";
  std::string out;
  {
    Members members(out);
    members.text_or_null("type", to_string(fact->type));
    members.text_or_null("from", fact->from);
    members.text_or_null("to", fact->to);
  }
  return out;
}

std::string gap_json(const std::optional<Gap>& gap) {
  if (!gap) return "null";
  std::string out;
  {
    Members members(out);
    members.text_or_null("resource", gap->resource);
    members.time_or_null("since", gap->since);
    members.time_or_null("until", gap->until);
    members.text_or_null("firstResourceVersion", gap->first_resource_version);
    members.text_or_null("lastResourceVersion", gap->last_resource_version);
    members.text_or_null("cause", to_string(gap->cause));
  }
  return out;
}

std::string finding_json(const std::optional<FindingNote>& finding) {
  if (!finding) return "null";
  std::string out;
  {
    Members members(out);
    members.text_or_null("event", to_string(finding->event));
    members.text_or_null("category", finding->category);
    members.text_or_null("severity", finding->severity);
    members.time_or_null("since", finding->since);
    members.raw("baseline", finding->baseline ? "true" : "false");
    members.raw("detail", finding->detail.empty() ? "null" : finding->detail);
  }
  return out;
}

}  // namespace

std::string to_json(const Row& row) {
  std::string out;
  out.reserve(900);
  {
    Members members(out);
    members.raw("seq", fmt::format("{}", row.seq));
    members.text_or_null("cluster", row.cluster);
    members.raw("epoch", fmt::format("{}", row.epoch));
    members.text_or_null("type", to_string(row.type));
    members.time_or_null("at", row.at);
    members.time_or_null("apiTime", row.api_time);
    members.enum_or_null("kind", row.kind);
    members.text_or_null("namespace", row.ns);
    members.text_or_null("name", row.name);
    members.text_or_null("uid", row.uid.str());
    members.enum_or_null("from", row.from);
    members.enum_or_null("to", row.to);
    members.enum_or_null("outcome", row.outcome);
    members.raw("readyToUse", row.ready ? fmt::format(R"({{"from":{},"to":{}}})", ready_json(row.ready->from),
                                                      ready_json(row.ready->to))
                                        : "null");
    members.text_or_null("reason", row.reason);
    members.text_or_null("message", row.message);
    members.text_or_null("resourceVersion", row.resource_version);
    members.text_or_null("actor", row.actor);
    members.raw("cause", cause_json(row.cause));
    members.text_or_null("chain", row.chain);
    members.text_or_null("content", row.content);
    members.text_or_null("claimUid", row.claim_uid.str());
    members.text_or_null("deletionPolicy", to_string(row.policy));
    members.text_or_null("driver", row.driver);
    members.text_or_null("snapshotHandle", row.snapshot_handle);
    members.text_or_null("volumeHandle", row.volume_handle);
    members.raw("initiator", initiator_json(row.initiator));
    members.raw("late", row.late ? "true" : "false");
    members.raw("fact", fact_json(row.fact));
    members.raw("gap", gap_json(row.gap));
    members.raw("finding", finding_json(row.finding));
  }
  return out;
}

}  // namespace snaptrail::objects
