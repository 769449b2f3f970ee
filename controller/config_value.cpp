#include "controller/config_value.hpp"

#include "objects/utf8.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace snaptrail::controller {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t millis;
};

// Largest first: the order in which a duration names them.
constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kLongest = 36'500LL * 86'400'000;  // 100 years: far from any overflow

const std::string& scalar(const RawValue& raw) {
  if (raw.list) throw ValueError("is a list; one value is expected");
  return raw.text;
}

/// The whole of `text` as a decimal number, without sign or spaces.
std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_namespace_name(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 63 && alphanumeric(name.front()) && alphanumeric(name.back()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 60;
  const bool cut = text.size() > kMost;
  return fmt::format("\"{}{}\"", objects::to_printable(text.substr(0, kMost)), cut ? "…" : "");
}

milliseconds parse_duration(std::string_view text) {
  const auto refuse = [text](std::string_view why) -> ValueError {
    return ValueError(fmt::format("{} {}; write a duration like 10s, 5m, 1h30m, 180d", in_quotes(text), why));
  };
  if (text == "0") return milliseconds(0);
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  auto rest = text;
  while (!rest.empty()) {
    const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto letters = std::min(rest.find_first_of("0123456789", digits), rest.size()) - digits;
    const auto number = decimal(rest.substr(0, digits));
    if (!number) throw refuse("is no duration");
    const auto name = rest.substr(digits, letters);
    if (name.empty()) throw refuse("has no unit");
    const auto* const unit = std::find_if(kUnits.begin() + next_unit, kUnits.end(),
                                          [name](const Unit& candidate) { return candidate.name == name; });
    if (unit == kUnits.end()) throw refuse("is no duration (units, largest first: d, h, m, s, ms)");
    if (*number > static_cast<std::uint64_t>((kLongest - total) / unit->millis)) throw refuse("is beyond 100 years");
    total += static_cast<std::int64_t>(*number) * unit->millis;
    next_unit = static_cast<std::size_t>(unit - kUnits.begin()) + 1;
    rest.remove_prefix(digits + letters);
  }
  if (text.empty()) throw refuse("is no duration");
  return milliseconds(total);
}

std::string format_duration(milliseconds duration) {
  auto rest = duration.count();
  if (rest == 0) return "0";
  std::string text;
  for (const auto& unit : kUnits) {
    if (const auto count = rest / unit.millis; count > 0) {
      text += fmt::format("{}{}", count, unit.name);
      rest %= unit.millis;
    }
  }
  return text;
}

milliseconds duration_between(const RawValue& raw, milliseconds least, milliseconds most, bool or_zero) {
  const auto duration = parse_duration(scalar(raw));
  if (or_zero && duration == milliseconds(0)) return duration;
  if (duration < least || duration > most) {
    throw ValueError(fmt::format("{} is out of range: {}{} to {}", in_quotes(raw.text), or_zero ? "0, or " : "",
                                 format_duration(least), format_duration(most)));
  }
  return duration;
}

std::uint64_t number_between(const RawValue& raw, std::uint64_t least, std::uint64_t most) {
  const auto number = decimal(scalar(raw));
  if (!number || *number < least || *number > most) {
    throw ValueError(fmt::format("{} is no whole number from {} to {}", in_quotes(raw.text), least, most));
  }
  return *number;
}

bool boolean(const RawValue& raw) {
  const auto& text = scalar(raw);
  if (text == "true") return true;
  if (text == "false") return false;
  throw ValueError(fmt::format("{} is neither true nor false", in_quotes(text)));
}

ListenAddress listen_address(const RawValue& raw) {
  const std::string_view text = scalar(raw);
  const auto refuse = [text](std::string_view why) -> ValueError {
    return ValueError(
        fmt::format("{} {}; write ADDRESS:PORT, like 127.0.0.1:8080 or, for every address, "
                    "[::]:8080 or 0.0.0.0:8080",
                    in_quotes(text), why));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) throw refuse("has no port");
  auto host = text.substr(0, colon);
  const auto port = decimal(text.substr(colon + 1));
  if (!port || *port > 65'535) throw refuse("has no port from 0 to 65535");
  if (host.empty()) throw refuse("has no address");
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost" && !bracketed) host = "127.0.0.1";
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) {
    throw refuse(address.is_v6() ? "lacks the brackets of an IPv6 address" : "has no IP address before the port");
  }
  return {address.to_string(), static_cast<std::uint16_t>(*port)};
}

std::string format_listen(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", address.host, address.port) : fmt::format("{}:{}", address.host, address.port);
}

std::string text_value(const RawValue& raw, std::size_t most, bool may_be_empty) {
  const auto& text = scalar(raw);
  if (text.empty() && !may_be_empty) throw ValueError("is empty");
  if (text.size() > most) throw ValueError(fmt::format("has {} bytes; at most {} fit", text.size(), most));
  if (objects::to_printable(text) != text)
    throw ValueError(fmt::format("{} holds control characters", in_quotes(text)));
  return text;
}

const std::vector<std::string>& list_value(const RawValue& raw) {
  if (!raw.list) throw ValueError(fmt::format("{} is no list; write [one, two]", in_quotes(raw.text)));
  return *raw.list;
}

std::vector<std::string> namespace_list(const RawValue& raw) {
  auto names = list_value(raw);
  for (const auto& name : names) {
    if (!is_namespace_name(name)) throw ValueError(fmt::format("{} can't be the name of a namespace", in_quotes(name)));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string namespace_name(const RawValue& raw) {
  const auto& name = scalar(raw);
  if (!is_namespace_name(name)) throw ValueError(fmt::format("{} can't be the name of a namespace", in_quotes(name)));
  return name;
}

std::size_t choice(const RawValue& raw, std::span<const std::string_view> names) {
  const auto& text = scalar(raw);
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) {
    throw ValueError(fmt::format("{} is none of {}", in_quotes(text), fmt::join(names, ", ")));
  }
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace snaptrail::controller
