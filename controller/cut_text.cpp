#include "controller/cut_text.hpp"

#include <string_view>

namespace snaptrail::controller {
namespace {

constexpr std::string_view kCut = "…";

}  // namespace

std::string cut_to(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t end = bytes - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end).append(kCut);
}

}  // namespace snaptrail::controller
