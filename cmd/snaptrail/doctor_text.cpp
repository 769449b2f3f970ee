#include "cmd/snaptrail/doctor_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "cmd/snaptrail/output.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;
using reconcilers::preflight::Check;
using reconcilers::preflight::CheckStatus;

std::string_view colour_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::Ok: return colours::kGood;
    case CheckStatus::Warning: return colours::kBusy;
    case CheckStatus::Problem: return colours::kBad;
    case CheckStatus::Unknown: return colours::kEnding;
    case CheckStatus::Skipped: return colours::kDim;
  }
  return colours::kNone;
}

}  // namespace

json::object check_json(const Check& check) {
  json::array evidence;
  for (const std::string& one : check.evidence) evidence.emplace_back(objects::to_valid_utf8(one));
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(objects::to_valid_utf8(text));
  };
  return {{"check", check.id},
          {"about", text_or_null(check.about)},
          {"status", to_string(check.status)},
          {"what", objects::to_valid_utf8(check.what)},
          {"evidence", std::move(evidence)},
          {"fix", json::object{{"text", text_or_null(check.fix.text)}, {"command", text_or_null(check.fix.command)}}}};
}

std::vector<Column> check_columns() { return {{"STATUS", 0}, {"CHECK", 0}, {"ABOUT", 8}, {"WHAT", 20}}; }

Line check_line(const Check& check) {
  return {{std::string(to_string(check.status)), colour_of(check.status)},
          {std::string(check.id)},
          {cell_text(check.about)},
          {objects::to_printable(check.what)}};
}

std::vector<std::string> check_details(const Check& check, bool all) {
  const bool fine = check.status == CheckStatus::Ok || check.status == CheckStatus::Skipped;
  if (fine && (!all || check.evidence.empty())) return {};
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}{}{} ({}): {}", check.id, check.about.empty() ? "" : " ",
                              objects::to_printable(check.about), to_string(check.status),
                              objects::to_printable(check.what)));
  for (const std::string& one : check.evidence) lines.push_back("  " + objects::to_printable(one));
  if (!check.fix.text.empty()) lines.push_back("  To do: " + objects::to_printable(check.fix.text));
  if (!check.fix.command.empty()) lines.push_back("  $ " + objects::to_printable(check.fix.command));
  return lines;
}

std::string summary_of(const std::vector<Check>& checks) {
  struct Words {
    CheckStatus status;
    std::string_view one;
    std::string_view many;
  };
  constexpr std::array<Words, 5> kWords{{{CheckStatus::Problem, "problem", "problems"},
                                         {CheckStatus::Warning, "warning", "warnings"},
                                         {CheckStatus::Unknown, "unknown", "unknown"},
                                         {CheckStatus::Ok, "ok", "ok"},
                                         {CheckStatus::Skipped, "skipped", "skipped"}}};
  std::string text;
  for (const auto& [status, one, many] : kWords) {
    const auto count = std::ranges::count(checks, status, &Check::status);
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, count == 1 ? one : many);
  }
  return text;
}

}  // namespace snaptrail::cmd
