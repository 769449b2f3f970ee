#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace snaptrail::serving {

/// The newest of what is numbered without holes, as text, up to a size.
class FeedRing {
 public:
  struct Entry {
    std::int64_t number;
    std::string text;
  };

  FeedRing(std::int64_t last, std::size_t most_bytes) : last_(last), most_bytes_(most_bytes) {}

  void add(std::int64_t number, std::string text) {
    bytes_ += text.size();
    entries_.push_back({number, std::move(text)});
    last_ = number;
    while (bytes_ > most_bytes_ && !entries_.empty()) {
      bytes_ -= entries_.front().text.size();
      entries_.pop_front();
    }
  }

  /// The number that was added last, or that was the last at the start.
  std::int64_t last() const { return last_; }
  /// Whether all behind `place` up to the last one are here.
  bool holds_from(std::int64_t place) const { return !entries_.empty() && entries_.front().number <= place + 1; }

  /// Visits those behind `place`, until `visit` says false.
  template <class Visit>
  void from(std::int64_t place, const Visit& visit) const {
    auto entry = std::ranges::lower_bound(entries_, place + 1, {}, &Entry::number);
    while (entry != entries_.end() && visit(*entry)) ++entry;
  }

 private:
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::int64_t last_;
  std::size_t most_bytes_;
};

}  // namespace snaptrail::serving
