#include "cmd/snaptrail/byte_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <utility>

#include "cmd/snaptrail/commands.hpp"
#include "controller/config_value.hpp"

namespace snaptrail::cmd {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> kUnits{{
    {"", 1},
    {"k", 1'000},
    {"m", 1'000'000},
    {"g", 1'000'000'000},
    {"ki", 1ULL << 10},
    {"mi", 1ULL << 20},
    {"gi", 1ULL << 30},
}};

}  // namespace

std::uint64_t parse_byte_size(const std::string& text, std::string_view flag) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  std::string unit(stop, end);
  std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (unit.ends_with('b')) unit.pop_back();
  const auto* const found = std::ranges::find_if(kUnits, [&unit](const auto& known) { return known.first == unit; });
  const bool fits = error == std::errc() && found != kUnits.end() && number > 0 &&
                    number <= std::numeric_limits<std::uint64_t>::max() / found->second;
  if (!fits) {
    throw Failure(kUsage, fmt::format("{} {}: write a size like 500MB or 2GiB", flag, controller::in_quotes(text)));
  }
  return number * found->second;
}

std::string byte_size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kNames = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  auto size = static_cast<double>(bytes);
  while (size >= 1024 && unit + 1 < kNames.size()) size /= 1024, ++unit;
  std::string text = fmt::format("{:.1f}", size);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return fmt::format("{} {}", text, kNames.at(unit));
}

}  // namespace snaptrail::cmd
