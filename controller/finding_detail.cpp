#include "controller/finding_detail.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "objects/utf8.hpp"
#include "reconcilers/diagnosis/reason.hpp"

namespace snaptrail::controller {

namespace json = boost::json;
using reconcilers::Evidence;
using reconcilers::Finding;

namespace {

json::value text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return json::value(objects::to_valid_utf8(text));
}

json::value time_or_null(const objects::MaybeInstant& at) {
  if (!at) return nullptr;
  return json::value(objects::format_rfc3339(*at));
}

std::string_view name_of(Evidence::Source source) {
  switch (source) {
    case Evidence::Source::Field: return "field";
    case Evidence::Source::Event: return "event";
    case Evidence::Source::Ledger: break;
  }
  return "ledger";
}

}  // namespace

std::string detail_of(const Finding& finding) {
  json::array evidence;
  for (const auto& mark : finding.evidence) {
    evidence.push_back(json::object{{"source", name_of(mark.source)},
                                    {"what", text_or_null(mark.what)},
                                    {"text", text_or_null(mark.text)},
                                    {"count", mark.count > 0 ? json::value(mark.count) : json::value(nullptr)},
                                    {"at", time_or_null(mark.at)}});
  }
  json::array blocking;
  for (const auto& object : finding.blocking) {
    blocking.push_back(json::object{{"kind", text_or_null(object.kind)},
                                    {"namespace", text_or_null(object.ns)},
                                    {"name", text_or_null(object.name)}});
  }
  const json::object detail{
      {"summary", info_of(finding.reason).summary},
      {"evidence", std::move(evidence)},
      {"blocking", std::move(blocking)},
      {"fix", json::object{{"text", text_or_null(finding.fix.text)}, {"command", text_or_null(finding.fix.command)}}},
      {"nextTry", time_or_null(finding.next_try)},
      {"consequence", finding.consequence},
      {"rank", finding.rank}};
  return json::serialize(detail);
}

}  // namespace snaptrail::controller
