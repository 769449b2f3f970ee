#include "informers/decoder.hpp"

namespace snaptrail::informers {
namespace {

/// A buffer that grew for one huge line is not kept for the small ones after it.
constexpr std::size_t kKeptCapacity = 1u << 20;

std::string_view without_return(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

LineSplitter::LineSplitter(std::size_t max_line) : max_line_(max_line) {}

bool LineSplitter::write(std::string_view piece, const std::function<bool(std::string_view)>& on_line) {
  while (!piece.empty()) {
    // Only new bytes are ever searched: what is buffered holds no newline.
    const std::size_t newline = piece.find('\n');
    const bool ends = newline != std::string_view::npos;
    const std::string_view part = piece.substr(0, newline);
    piece.remove_prefix(ends ? newline + 1 : piece.size());

    if (!skipping_ && part.size() > max_line_ - buffer_.size()) {
      ++oversized_;
      reset();
      skipping_ = true;
    }
    if (skipping_) {
      skipping_ = !ends;
      continue;
    }
    if (!ends) {
      buffer_.append(part);
      continue;
    }
    if (!buffer_.empty()) buffer_.append(part);
    const std::string_view line = without_return(buffer_.empty() ? part : std::string_view(buffer_));
    const bool go_on = line.empty() || on_line(line);
    buffer_.clear();
    if (buffer_.capacity() > kKeptCapacity) buffer_.shrink_to_fit();
    if (!go_on) return false;
  }
  return true;
}

void LineSplitter::reset() {
  buffer_.clear();
  buffer_.shrink_to_fit();
  skipping_ = false;
}

}  // namespace snaptrail::informers
