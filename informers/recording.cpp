#include "informers/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "informers/decoder.hpp"
#include "informers/line_source.hpp"
#include "informers/recording_line.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::informers {
namespace {

using objects::Instant;
using objects::Kind;

/// Recorders write from several streams, so neighbouring lines may be a little out of order.
constexpr std::chrono::seconds kTolerance{1};

/// A stranger's text as it may stand in a message.
std::string in_quotes(std::string_view text) { return '"' + objects::to_printable(text.substr(0, 80)) + '"'; }

/// The kind that an event of `resource` is about, unless its object is of another group's resource of the same name
/// (backups of another operator, events of events.k8s.io).
std::optional<Kind> kind_in(const RecordingFields& fields) {
  const auto kind = objects::kind_of_plural(fields.resource);
  if (!kind || !fields.api_version || fields.event_type == "ERROR") return kind;
  const std::string_view version = *fields.api_version;
  const std::size_t slash = version.find('/');
  const std::string_view group = slash == std::string_view::npos ? "" : version.substr(0, slash);
  return group == objects::resource_of(*kind).group ? kind : std::nullopt;
}

RecordingHeader header_of(const RecordingFields& fields) {
  constexpr int kVersion = 1;
  if (!fields.recording) throw std::runtime_error("\"recording\" must be the format's version, a whole number");
  if (*fields.recording > kVersion) {
    throw std::runtime_error(fmt::format(
        "this recording has format version {}, and this snaptrail reads version {}: a newer snaptrail is needed",
        *fields.recording, kVersion));
  }
  if (*fields.recording != kVersion) {
    throw std::runtime_error(fmt::format("there is no format version {}", *fields.recording));
  }
  RecordingHeader header{kVersion, fields.cluster, fields.server, objects::parse_rfc3339(fields.started_at)};
  if (!fields.started_at.empty() && !header.started_at) {
    throw std::runtime_error("\"startedAt\" is no RFC 3339 time");
  }
  return header;
}

void check(const RecordingFields& fields) {
  if (fields.has_recording) {
    throw std::runtime_error("a recording's header in mid-file: several recordings were joined, give them one by one");
  }
  if (!fields.at) throw std::runtime_error("\"at\" must be a number of seconds since 1970");
  if (fields.resource.empty()) throw std::runtime_error("\"resource\" must be a resource's plural name");
  if (fields.has_event == fields.has_gap) {
    throw std::runtime_error("there must be either an \"event\" or a \"gap\", as an object");
  }
}

}  // namespace

struct RecordingReader::Impl {
  template <class From>
  Impl(std::string called, From from) : name(std::move(called)) {
    guarded([&] {
      source.emplace(from);
      read_line();
      if (!fields || !fields->has_recording) return;
      header = header_of(*fields);
      fields.reset();
      header_line = true;
    });
  }

  std::string name;
  std::optional<LineSource> source;
  RecordingHeader header;
  std::optional<RecordingFields> fields;  ///< a line that was read and not handed out: the first, if it is no header
  bool header_line = false;
  std::uint64_t read = 0;
  std::optional<Instant> latest;

  std::string where() const { return read == 0 ? name : fmt::format("{}:{}", name, read); }

  /// Runs `work`; what it throws becomes a RecordingError that says where.
  template <class Work>
  void guarded(Work work) {
    try {
      work();
    } catch (const std::runtime_error& error) {
      throw RecordingError{fmt::format("{}: {}", where(), error.what())};
    }
  }

  /// Reads the next line that isn't empty into `fields`.
  void read_line() {
    fields.reset();
    while (true) {
      ++read;
      const auto line = source->next();
      if (!line) {
        --read;
        return;
      }
      if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
      fields = read_recording_line(*line);
      return;
    }
  }

  std::optional<RecordedLine> next() {
    std::optional<RecordedLine> result;
    guarded([&] {
      if (latest || header_line || !fields) read_line();
      if (fields) result = line_of(*fields);
    });
    return result;
  }

  RecordedLine line_of(const RecordingFields& line) {
    check(line);
    const Instant at = *line.at;
    if (latest && at + kTolerance < *latest) {
      throw std::runtime_error(
          fmt::format("time goes back from {} to {}", objects::format_rfc3339(*latest), objects::format_rfc3339(at)));
    }
    latest = latest ? std::max(*latest, at) : at;
    if (line.has_event) return RecordedEvent{at, line.resource, kind_in(line), line.event};
    const auto cause = objects::gap_cause_of(line.cause);
    if (!cause) throw std::runtime_error(fmt::format("{} is no cause of a gap", in_quotes(line.cause)));
    return RecordedGap{at, line.resource, *cause};
  }
};

RecordingReader::RecordingReader(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>(path.string(), path)) {}
RecordingReader::RecordingReader(std::string name, std::string_view bytes)
    : impl_(std::make_unique<Impl>(std::move(name), bytes)) {}
RecordingReader::~RecordingReader() = default;
RecordingReader::RecordingReader(RecordingReader&&) noexcept = default;
RecordingReader& RecordingReader::operator=(RecordingReader&&) noexcept = default;

const RecordingHeader& RecordingReader::header() const { return impl_->header; }
std::optional<RecordedLine> RecordingReader::next() { return impl_->next(); }
std::uint64_t RecordingReader::line() const { return impl_->read; }
std::string RecordingReader::where() const { return impl_->where(); }

RecordingSummary scan_recording(RecordingReader reader) {
  RecordingSummary summary;
  summary.header = reader.header();
  std::array<std::optional<WatchDecoder>, objects::kAllKinds.size()> decoders;
  while (const auto line = reader.next()) {
    const Instant at = std::visit([](const auto& any) { return any.at; }, *line);
    if (!summary.first) summary.first = at;
    summary.last = summary.last ? std::max(*summary.last, at) : at;
    ++summary.lines;

    const auto* event = std::get_if<RecordedEvent>(&*line);
    const auto kind = event != nullptr ? event->kind : objects::kind_of_plural(std::get<RecordedGap>(*line).resource);
    if (kind) {
      auto& span = summary.spans[static_cast<std::size_t>(*kind)];
      if (!span.first) span.first = at;
      span.last = at;
    }
    if (event == nullptr) continue;
    if (!event->kind) {
      ++summary.unknown_resources;
      continue;
    }
    const auto index = static_cast<std::size_t>(*event->kind);
    summary.has_events[index] = true;
    if (!decoders[index]) decoders[index].emplace(*event->kind);
    const Decoded decoded = decoders[index]->decode(event->event);
    if (const auto* malformed = std::get_if<Malformed>(&decoded)) {
      throw RecordingError{
          fmt::format("{}: no usable {} event: {}", reader.where(), objects::to_string(*event->kind), malformed->why)};
    }
    const auto* bookmark = std::get_if<Bookmark>(&decoded);
    if (bookmark != nullptr && bookmark->initial_events_end) summary.has_initial_end[index] = true;
  }
  summary.begins_with_list = summary.has_initial_end;
  return summary;
}

}  // namespace snaptrail::informers
