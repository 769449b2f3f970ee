#include "cmd/snaptrail/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>

namespace snaptrail::cmd {
namespace {

constexpr std::string_view kEllipsis = "…";

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::size_t width_of_terminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view columns = environment("COLUMNS");
  std::size_t width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  return width;
}

struct Range {
  char32_t first;
  char32_t last;
};

constexpr std::array<Range, 5> kCombining{
    {{0x300, 0x36F}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};
constexpr std::array<Range, 8> kWide{{{0x1100, 0x115F},
                                      {0x2E80, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) {
  return std::ranges::any_of(ranges, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

std::size_t width_of(char32_t c) {
  if (is_in(kCombining, c)) return 0;
  return is_in(kWide, c) ? 2 : 1;
}

/// The code point at the front of `text`, which is valid UTF-8, and its length.
char32_t take_front(std::string_view& text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<char32_t>(static_cast<std::uint8_t>(text[i])) : char32_t{0};
  };
  const char32_t lead = byte(0);
  std::size_t length = 1;
  char32_t c = lead;
  if (lead >= 0xF0) {
    length = 4, c = ((lead & 7U) << 18) | ((byte(1) & 63U) << 12) | ((byte(2) & 63U) << 6) | (byte(3) & 63U);
  } else if (lead >= 0xE0) {
    length = 3, c = ((lead & 15U) << 12) | ((byte(1) & 63U) << 6) | (byte(2) & 63U);
  } else if (lead >= 0xC0) {
    length = 2, c = ((lead & 31U) << 6) | (byte(1) & 63U);
  }
  text.remove_prefix(std::min(length, text.size()));
  return c;
}

}  // namespace

Terminal find_terminal() {
  Terminal terminal;
  terminal.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (!terminal.is_terminal) return terminal;
  terminal.width = width_of_terminal();
  const std::string_view term = environment("TERM");
  terminal.colour = environment("NO_COLOR").empty() && !term.empty() && term != "dumb";
  return terminal;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take_front(text));
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string_view rest = text;
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (!rest.empty()) {
    used += width_of(take_front(rest));
    if (used > width - 1) break;
    bytes = text.size() - rest.size();
  }
  return std::string(text.substr(0, bytes)).append(kEllipsis);
}

}  // namespace snaptrail::cmd
