#include "informers/merged_recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "informers/intake.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::informers {
namespace {

namespace fs = std::filesystem;
using objects::Instant;
using objects::Kind;

constexpr std::size_t kKinds = objects::kAllKinds.size();

Instant time_of(const RecordedLine& line) {
  return std::visit([](const auto& any) { return any.at; }, line);
}

/// What changes between two lists of a polled kind is never known, and makes no gap.
bool is_polled(Kind kind) {
  return std::ranges::any_of(all_targets(),
                             [kind](const Target& target) { return target.kind == kind && target.poll.count() > 0; });
}

struct Part {
  explicit Part(const fs::path& file)
      : name(file.string()), summary(scan_recording(RecordingReader(file))), reader(file), line(reader.next()) {}

  std::string name;
  RecordingSummary summary;
  RecordingReader reader;
  std::optional<RecordedLine> line;
};

using Parts = std::vector<std::unique_ptr<Part>>;

void check_cluster(const Part& a, const Part& b) {
  const std::string& one = a.summary.header.cluster;
  const std::string& other = b.summary.header.cluster;
  if (one.empty() || other.empty() || one == other) return;
  throw RecordingError{fmt::format("{} is of cluster {}, {} of cluster {}: not the same one", a.name,
                                   objects::to_printable(one), b.name, objects::to_printable(other))};
}

void check_overlap(const Part& a, const Part& b) {
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const auto& one = a.summary.spans[kind];
    const auto& other = b.summary.spans[kind];
    if (!one.first || !other.first || *one.last < *other.first || *other.last < *one.first) continue;
    throw RecordingError{fmt::format("{} and {} both hold {} from {} to {}: give one of them", a.name, b.name,
                                     objects::resource_of(objects::kAllKinds[kind]).plural,
                                     objects::format_rfc3339(std::max(*one.first, *other.first)),
                                     objects::format_rfc3339(std::min(*one.last, *other.last)))};
  }
}

RecordingSummary joined(const Parts& parts) {
  RecordingSummary all;
  for (const auto& part : parts) {
    const RecordingSummary& one = part->summary;
    if (all.header.cluster.empty()) all.header = one.header;
    if (!all.first) all.first = one.first;
    if (one.last && (!all.last || *one.last > *all.last)) all.last = one.last;
    all.lines += one.lines;
    all.unknown_resources += one.unknown_resources;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      auto& span = all.spans[kind];
      if (one.spans[kind].first && (!span.first || *one.spans[kind].first < *span.first)) {
        span.first = one.spans[kind].first;
        all.begins_with_list[kind] = one.has_initial_end[kind];
      }
      if (one.spans[kind].last && (!span.last || *one.spans[kind].last > *span.last)) span.last = one.spans[kind].last;
      all.has_events[kind] = all.has_events[kind] || one.has_events[kind];
      all.has_initial_end[kind] = all.has_initial_end[kind] || one.has_initial_end[kind];
    }
  }
  return all;
}

}  // namespace

struct MergedRecording::Impl {
  Parts parts;  ///< by the time of their first lines
  RecordingSummary summary;
  std::deque<RecordedGap> gaps;      ///< to be handed out before anything else
  Part* given = nullptr;             ///< whose line was handed out last: its bytes must live until the next call
  std::array<bool, kKinds> known{};  ///< by Kind: a part has had it
  std::vector<std::array<bool, kKinds>> begun;  ///< by part and Kind: its lines have begun

  Part* earliest() const {
    Part* first = nullptr;
    for (const auto& part : parts) {
      if (part->line && (first == nullptr || time_of(*part->line) < time_of(*first->line))) first = part.get();
    }
    return first;
  }

  std::size_t index_of(const Part* part) const {
    const auto found = std::ranges::find_if(parts, [part](const auto& one) { return one.get() == part; });
    return static_cast<std::size_t>(found - parts.begin());
  }

  /// Queues the gap before the first line of a resource that an earlier part has had.
  void begin(const Part& part, Kind kind, Instant at) {
    const auto index = static_cast<std::size_t>(kind);
    if (std::exchange(begun[index_of(&part)][index], true)) return;
    if (std::exchange(known[index], true) && part.summary.has_initial_end[index] && !is_polled(kind)) {
      gaps.push_back({at, std::string(objects::resource_of(kind).plural), objects::GapCause::Restarted, true});
    }
  }

  std::optional<RecordedLine> take_gap() {
    RecordedGap gap = std::move(gaps.front());
    gaps.pop_front();
    return gap;
  }

  std::optional<RecordedLine> next() {
    if (!gaps.empty()) return take_gap();
    if (given != nullptr) given->line = given->reader.next();
    given = nullptr;
    Part* part = earliest();
    if (part == nullptr) return std::nullopt;
    if (auto* event = std::get_if<RecordedEvent>(&*part->line); event != nullptr && event->kind) {
      begin(*part, *event->kind, event->at);
      if (!gaps.empty()) return take_gap();
    }
    if (auto* gap = std::get_if<RecordedGap>(&*part->line)) {
      const auto kind = objects::kind_of_plural(gap->resource);
      gap->list_follows = !kind || part->summary.has_initial_end[static_cast<std::size_t>(*kind)];
    }
    given = part;
    return part->line;
  }
};

MergedRecording::MergedRecording(const std::vector<fs::path>& files) : impl_(std::make_unique<Impl>()) {
  for (const fs::path& file : files) impl_->parts.push_back(std::make_unique<Part>(file));
  for (std::size_t i = 0; i < impl_->parts.size(); ++i) {
    for (std::size_t j = i + 1; j < impl_->parts.size(); ++j) {
      check_cluster(*impl_->parts[i], *impl_->parts[j]);
      check_overlap(*impl_->parts[i], *impl_->parts[j]);
    }
  }
  std::ranges::stable_sort(impl_->parts, [](const auto& a, const auto& b) {
    return a->summary.first.value_or(Instant::max()) < b->summary.first.value_or(Instant::max());
  });
  impl_->summary = joined(impl_->parts);
  impl_->begun.resize(impl_->parts.size());
}

MergedRecording::~MergedRecording() = default;

const RecordingSummary& MergedRecording::summary() const { return impl_->summary; }

std::optional<RecordedLine> MergedRecording::next() { return impl_->next(); }

}  // namespace snaptrail::informers
