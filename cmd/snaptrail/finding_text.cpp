#include "cmd/snaptrail/finding_text.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <tuple>

#include "cmd/snaptrail/human_duration.hpp"
#include "cmd/snaptrail/output.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {

namespace json = boost::json;

namespace {

const json::object& object_at(const json::object& json, std::string_view name) {
  static const json::object none;
  const auto* value = json.if_contains(name);
  return value && value->is_object() ? value->get_object() : none;
}

const json::array& array_at(const json::object& json, std::string_view name) {
  static const json::array none;
  const auto* value = json.if_contains(name);
  return value && value->is_array() ? value->get_array() : none;
}

bool true_at(const json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

std::int64_t number_at(const json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}

std::string printable(const json::object& json, std::string_view name) {
  return objects::to_printable(text_in(json, name));
}

const json::object& detail_of(const json::object& finding) {
  return object_at(object_at(finding, "finding"), "detail");
}

int place_of(std::string_view category) {
  if (category == "error" || category == "stuck") return 0;
  return category == "hazard" ? 1 : 2;
}

auto order_of(const json::object& finding) {
  const json::object& detail = detail_of(finding);
  return std::tuple(true_at(detail, "consequence"), place_of(text_in(object_at(finding, "finding"), "category")),
                    number_at(detail, "rank"), text_in(finding, "reason"));
}

std::string evidence_line(const json::object& mark, objects::Instant now) {
  std::string line = fmt::format("{} {}", printable(mark, "source"), printable(mark, "what"));
  if (const auto count = number_at(mark, "count"); count > 1) line += fmt::format(", {} times", count);
  if (const auto at = objects::parse_rfc3339(text_in(mark, "at"))) {
    line += fmt::format(", {} ago", human_duration(now - *at));
  }
  if (const auto text = printable(mark, "text"); !text.empty()) line += ": " + text;
  return line;
}

std::string object_text(const json::object& object) {
  const std::string ns = printable(object, "namespace");
  return fmt::format("{} {}{}{}", printable(object, "kind"), ns, ns.empty() ? "" : "/", printable(object, "name"));
}

}  // namespace

bool matters_more(const json::object& a, const json::object& b) { return order_of(a) < order_of(b); }

bool is_problem(const json::object& finding) { return text_in(object_at(finding, "finding"), "category") != "waiting"; }

Reasons reasons_of(ApiClient& client, const std::string& ns) {
  std::map<std::string, json::object> first;
  for_each_item(client, "/api/v1/findings", {{"ns", ns}}, [&first](const json::object& finding) {
    const auto [place, is_new] = first.try_emplace(text_in(finding, "uid"), finding);
    if (!is_new && matters_more(finding, place->second)) place->second = finding;
  });
  Reasons reasons;
  for (const auto& [uid, finding] : first) {
    const json::object& note = object_at(finding, "finding");
    reasons[uid] = {text_in(finding, "reason"), text_in(note, "category"), text_in(note, "severity")};
  }
  return reasons;
}

Cell reason_cell(const Reasons& reasons, const std::string& uid) {
  const auto found = reasons.find(uid);
  if (found == reasons.end()) return {"-"};
  const FirstFinding& finding = found->second;
  const std::string_view colour = finding.category == "waiting"   ? colours::kDim
                                  : finding.severity == "info"    ? colours::kNone
                                  : finding.severity == "warning" ? colours::kBusy
                                                                  : colours::kBad;
  return {cell_text(finding.reason), colour};
}

std::vector<std::string> finding_lines(const json::object& finding, objects::Instant now, Zone zone) {
  const json::object& note = object_at(finding, "finding");
  const json::object& detail = detail_of(finding);
  std::vector<std::string> lines;
  std::string head = fmt::format("{} ({}, {})", printable(finding, "reason"), printable(note, "category"),
                                 printable(note, "severity"));
  if (const auto since = objects::parse_rfc3339(text_in(note, "since"))) {
    head += fmt::format(" since {}, for {}", time_text(*since, zone), human_duration(now - *since));
  }
  lines.push_back(head);
  const auto add = [&lines](std::string_view indent, const std::string& text) {
    if (!text.empty()) lines.push_back(fmt::format("{}{}", indent, text));
  };
  add("  ", printable(detail, "summary"));
  if (true_at(detail, "consequence")) add("  ", "It follows from another finding: that one is to be mended.");
  if (true_at(note, "baseline")) add("  ", "It was there at the first start of all.");
  const auto add_list = [&](std::string_view title, const json::array& items, const auto& text_of) {
    if (!items.empty()) add("  ", std::string(title));
    for (const auto& item : items) {
      if (item.is_object()) add("    ", text_of(item.get_object()));
    }
  };
  add_list("Evidence:", array_at(detail, "evidence"),
           [now](const json::object& mark) { return evidence_line(mark, now); });
  add_list("In the way:", array_at(detail, "blocking"), object_text);
  const json::object& fix = object_at(detail, "fix");
  if (const auto text = printable(fix, "text"); !text.empty()) {
    add("  ", "To do:");
    add("    ", text);
    const auto command = printable(fix, "command");
    add("    ", command.empty() ? command : "$ " + command);
  }
  if (const auto next = objects::parse_rfc3339(text_in(detail, "nextTry"))) {
    add("  ", fmt::format("Next try: {}", time_text(*next, zone)));
  }
  return lines;
}

}  // namespace snaptrail::cmd
