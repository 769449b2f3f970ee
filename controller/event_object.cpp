#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "controller/cut_text.hpp"
#include "controller/event_book.hpp"
#include "objects/kind.hpp"
#include "objects/own_reporter.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::controller {
namespace {

namespace json = boost::json;
using objects::Row;

/// The API's limit of an Event's note (events.k8s.io/v1, docs of `note`).
constexpr std::size_t kMessageBytes = 1'024;
constexpr std::size_t kNameBytes = 253;

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::string api_version_of(objects::Kind kind) {
  const auto& resource = objects::resource_of(kind);
  return resource.group.empty() ? std::string(resource.version)
                                : fmt::format("{}/{}", resource.group, resource.version);
}

/// Events have whole seconds.
std::string time_text(objects::Instant at) {
  return objects::format_rfc3339(std::chrono::floor<std::chrono::seconds>(at)).substr(0, 19) + "Z";
}

}  // namespace

std::string event_message(const Row& row) {
  boost::system::error_code ec;
  const json::value detail = json::parse(row.finding ? row.finding->detail : std::string(), ec);
  if (ec || !detail.is_object()) return row.reason;
  std::string message = text_at(detail.get_object(), "summary") + ".";
  if (const auto* fix = detail.get_object().if_contains("fix"); fix != nullptr && fix->is_object()) {
    const std::string text = text_at(fix->get_object(), "text"), command = text_at(fix->get_object(), "command");
    if (!text.empty()) message += " " + text;
    if (!command.empty()) message += " Begin with: " + command;
  }
  return cut_to(objects::to_printable(message), kMessageBytes);
}

std::string event_namespace(const Row& row) { return row.ns.empty() ? "default" : row.ns; }

std::string event_name(const Row& row) {
  const std::string seed =
      fmt::format("{} {} {} {} {}", row.uid.str(), row.ns, row.name, row.reason, row.at.time_since_epoch().count());
  std::string hash;
  for (const char byte : serving::fingerprint_of(seed).substr(0, 8)) {
    hash += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  std::string name = row.name.substr(0, kNameBytes - 1 - hash.size());
  while (name.ends_with('.') || name.ends_with('-')) name.pop_back();
  return name + "." + hash;
}

std::string event_object(const Row& row, const std::string& name, const std::string& instance, objects::Instant first,
                         std::int64_t count) {
  json::object about{{"apiVersion", api_version_of(*row.kind)},
                     {"kind", objects::to_string(*row.kind)},
                     {"name", objects::to_valid_utf8(row.name)}};
  if (!row.ns.empty()) about["namespace"] = json::value(objects::to_valid_utf8(row.ns));
  if (row.uid) about["uid"] = json::value(row.uid.str());
  if (!row.resource_version.empty())
    about["resourceVersion"] = json::value(objects::to_valid_utf8(row.resource_version));
  const bool is_warning = !row.finding || row.finding->severity != "info";
  return json::serialize(json::object{{"apiVersion", "v1"},
                                      {"kind", "Event"},
                                      {"metadata", json::object{{"namespace", event_namespace(row)}, {"name", name}}},
                                      {"involvedObject", std::move(about)},
                                      {"reason", row.reason},
                                      {"message", event_message(row)},
                                      {"type", is_warning ? "Warning" : "Normal"},
                                      {"firstTimestamp", time_text(first)},
                                      {"lastTimestamp", time_text(row.at)},
                                      {"count", count},
                                      {"source", json::object{{"component", objects::kOwnReporter}}},
                                      {"reportingComponent", objects::kOwnReporter},
                                      {"reportingInstance", instance}});
}

std::string event_patch(const Row& row, std::int64_t count) {
  return json::serialize(
      json::object{{"count", count}, {"lastTimestamp", time_text(row.at)}, {"message", event_message(row)}});
}

}  // namespace snaptrail::controller
