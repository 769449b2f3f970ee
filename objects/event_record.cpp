#include "objects/event_record.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "objects/utf8.hpp"

namespace snaptrail::objects {
namespace {

namespace json = boost::json;

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value() : json::value(to_valid_utf8(text));
}

json::value time_or_null(MaybeInstant at) { return at ? json::value(format_rfc3339(*at)) : json::value(); }

}  // namespace

std::string to_json(const EventRecord& event) {
  return json::serialize(json::object{{"kind", to_string(event.kind)},
                                      {"namespace", text_or_null(event.ns)},
                                      {"name", text_or_null(event.name)},
                                      {"uid", text_or_null(event.about.str())},
                                      {"type", event.warning ? "Warning" : "Normal"},
                                      {"reason", text_or_null(event.reason)},
                                      {"message", text_or_null(event.message)},
                                      {"count", event.count},
                                      {"at", format_rfc3339(event.at)},
                                      {"firstAt", time_or_null(event.first)},
                                      {"apiTime", time_or_null(event.api_time)},
                                      {"late", event.late},
                                      {"event", text_or_null(event.uid.str())},
                                      {"change", event.change > 0 ? json::value(event.change) : json::value()}});
}

}  // namespace snaptrail::objects
