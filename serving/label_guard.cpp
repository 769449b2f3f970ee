#include "serving/label_guard.hpp"

#include "objects/utf8.hpp"

namespace snaptrail::serving {

std::string label_value(std::string_view text) {
  // A byte that is no UTF-8 grows to three, so the cut comes last; what was cut off first can't come back by it.
  std::string value = objects::to_valid_utf8(text.substr(0, 4 * kMaxLabelBytes));
  if (value.size() <= kMaxLabelBytes) return value;
  std::size_t end = kMaxLabelBytes;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0u) == 0x80u) --end;
  value.resize(end);
  return value;
}

LabelSet LabelGuard::admit(std::span<const std::string_view> values) {
  std::vector<std::string> clean;
  clean.reserve(labels_.size());
  for (std::size_t i = 0; i < labels_.size(); ++i)
    clean.push_back(i < values.size() ? label_value(values[i]) : std::string());
  if (known_.contains(clean)) return named(clean);
  if (known_.size() < limit_) {
    known_.insert(clean);
    return named(clean);
  }
  ++folded_;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i].open && !clean[i].empty()) clean[i] = kOtherValue;
  }
  return named(clean);
}

LabelSet LabelGuard::named(std::span<const std::string> values) const {
  LabelSet named;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (!values[i].empty()) named.emplace(labels_[i].name, values[i]);
  }
  return named;
}

}  // namespace snaptrail::serving
