#include "kube/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace snaptrail::kube {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<unsigned> month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(kMonths.begin(), kMonths.end(), name);
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

/// `08:49:37` to seconds of the day; 60 is a leap second.
std::optional<seconds> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = number(text.substr(0, 2));
  const auto minute = number(text.substr(3, 2));
  const auto second = number(text.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return seconds(*hour * 3600 + *minute * 60 + *second);
}

std::optional<sys_seconds> moment(std::string_view day, std::string_view month, std::optional<int> year,
                                  std::string_view time) {
  const auto day_number = number(trim(day));
  const auto month_number = month_of(month);
  const auto of_day = time_of_day(time);
  if (!day_number || !month_number || !year || !of_day || *year < 1970 || *year > 9999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month_number),
                                         std::chrono::day(static_cast<unsigned>(*day_number))};
  if (*day_number > 31 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + *of_day;
}

/// The three forms of RFC 9110, 5.6.7. A two-digit year means the nearest past or coming 50 years.
std::optional<sys_seconds> parse_http_date(std::string_view text) {
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) {  // asctime: Sun Nov  6 08:49:37 1994
    if (text.size() != 24) return std::nullopt;
    return moment(text.substr(8, 2), text.substr(4, 3), number(text.substr(20)), text.substr(11, 8));
  }
  const auto rest = trim(text.substr(comma + 1));
  if (!rest.ends_with(" GMT")) return std::nullopt;
  if (rest.size() == 24) {  // 06 Nov 1994 08:49:37 GMT
    return moment(rest.substr(0, 2), rest.substr(3, 3), number(rest.substr(7, 4)), rest.substr(12, 8));
  }
  if (rest.size() == 22) {  // RFC 850: 06-Nov-94 08:49:37 GMT
    auto year = number(rest.substr(7, 2));
    if (year) *year += *year < 70 ? 2000 : 1900;
    return moment(rest.substr(0, 2), rest.substr(3, 3), year, rest.substr(10, 8));
  }
  return std::nullopt;
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view field, sys_seconds now) {
  field = trim(field);
  if (field.empty() || field.size() > 64) return std::nullopt;
  if (field.find_first_not_of("0123456789") == std::string_view::npos) {
    const auto value = number(field);  // nullopt: more than an int holds
    return value ? std::min(seconds(*value), kLongestRetryAfter) : kLongestRetryAfter;
  }
  const auto at = parse_http_date(field);
  if (!at) return std::nullopt;
  return std::clamp(*at - now, seconds(0), kLongestRetryAfter);
}

}  // namespace snaptrail::kube
