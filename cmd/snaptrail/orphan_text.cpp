#include "cmd/snaptrail/orphan_text.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "cmd/snaptrail/byte_size.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

struct Age {
  std::string_view step;
  std::string_view text;
};
// As the API has them, the youngest first.
constexpr std::array<Age, 5> kAges = {{{"1d", "up to 1 day old"},
                                       {"7d", "up to 7 days"},
                                       {"30d", "up to 30 days"},
                                       {"365d", "up to a year"},
                                       {"older", "older"}}};

struct Sum {
  std::uint64_t contents = 0;
  std::uint64_t bytes = 0;
  std::map<std::string, std::uint64_t, std::less<>> by_age;
};

std::uint64_t number_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  boost::system::error_code ignored;
  const auto number = value != nullptr ? value->to_number<std::uint64_t>(ignored) : 0;
  return ignored ? 0 : number;
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string line_of(const Sum& sum, std::string_view what) {
  if (sum.contents == 0) return {};
  std::string ages;
  for (const Age& age : kAges) {
    const auto found = sum.by_age.find(age.step);
    if (found == sum.by_age.end()) continue;
    ages += fmt::format("{}{} {}", ages.empty() ? "" : ", ", found->second, age.text);
  }
  return fmt::format("{} {}{}: {}\n", sum.contents, what,
                     sum.bytes > 0 ? fmt::format(", {} in all", byte_size_text(sum.bytes)) : std::string(), ages);
}

}  // namespace

std::string orphan_text(const json::object& stats) {
  const auto* orphans = stats.if_contains("orphans");
  if (orphans == nullptr || !orphans->is_array()) return {};
  Sum retained, left;
  for (const auto& item : orphans->get_array()) {
    if (!item.is_object()) continue;
    const json::object& group = item.get_object();
    Sum& sum = text_of(group, "deletionPolicy") == "Delete" ? left : retained;
    sum.contents += number_in(group, "contents");
    sum.bytes += number_in(group, "restoreSizeBytes");
    sum.by_age[text_of(group, "age")] += number_in(group, "contents");
  }
  return line_of(retained, "retained without a VolumeSnapshot") +
         line_of(left, "left behind with policy Delete, without a VolumeSnapshot");
}

}  // namespace snaptrail::cmd
