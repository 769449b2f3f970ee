#include "controller/replayer.hpp"

#include <memory>
#include <utility>

#include "objects/shift.hpp"

namespace snaptrail::controller {

using objects::Instant;

std::vector<informers::Target> recording_targets() {
  std::vector<informers::Target> targets;
  for (const objects::Kind kind : objects::kAllKinds) {
    targets.push_back({kind, {}, std::string(objects::resource_of(kind).plural)});
  }
  for (const informers::Target& live : informers::all_targets()) {
    if (live.poll.count() > 0) targets[static_cast<std::size_t>(live.kind)] = live;
  }
  return targets;
}

objects::Millis shift_to(Instant now, const informers::RecordingSummary& summary, double speed) {
  if (!summary.first || !summary.last) return objects::Millis{0};
  const auto length = static_cast<double>((*summary.last - *summary.first).count());
  const double ahead = speed > 1 ? length * (1 - 1 / speed) : 0;
  return now - *summary.first - objects::Millis{static_cast<objects::Millis::rep>(ahead)};
}

Replayer::Replayer(informers::RecordingReader reader, const informers::RecordingSummary& summary, Pipeline& pipeline,
                   objects::Millis shift)
    : Replayer([shared = std::make_shared<informers::RecordingReader>(std::move(reader))] { return shared->next(); },
               summary, pipeline, shift) {}

Replayer::Replayer(Lines lines, const informers::RecordingSummary& summary, Pipeline& pipeline, objects::Millis shift)
    : lines_(std::move(lines)), pipeline_(pipeline), shift_(shift) {
  for (auto& target : recording_targets()) {
    const objects::Kind kind = target.kind;
    const auto index = static_cast<std::size_t>(kind);
    const bool has_list = summary.has_initial_end[index];
    // Of a kind that nobody recorded it is not known that there is none. Classification goes on without those that it
    // reads, as if they had been recorded.
    const bool unknown = !has_list && !summary.has_events[index] && !Gate::is_read(kind);
    streams_.push_back(
        {std::move(target), informers::WatchDecoder(kind), summary.begins_with_list[index], has_list, unknown, {}, {}});
  }
}

std::optional<Instant> Replayer::due() {
  if (!line_) line_ = lines_();
  if (!line_) return std::nullopt;
  return std::visit([](const auto& line) { return line.at; }, *line_) + shift_;
}

void Replayer::step() {
  const auto at = due();
  if (!at) return;
  if (!std::exchange(started_, true)) start(*at);
  const informers::RecordedLine line = *std::exchange(line_, std::nullopt);
  now_ = at;
  pipeline_.advance(*at);
  std::visit([&](const auto& typed) { apply(typed, *at); }, line);
}

void Replayer::finish() {
  if (now_) pipeline_.settle(*now_);
}

void Replayer::start(Instant at) {
  for (Stream& stream : streams_) {
    if (stream.unknown) {
      pipeline_.availability(stream.target, informers::Availability::Absent, "not in the recording", at);
      continue;
    }
    pipeline_.list_started(stream.target, at);
    // A file without the end of a list (cut at its front) holds watch events only.
    if (!stream.listing) pipeline_.list_finished(stream.target, {}, at);
  }
}

Replayer::Stream* Replayer::stream_of(std::optional<objects::Kind> kind) {
  return kind ? &streams_[static_cast<std::size_t>(*kind)] : nullptr;
}

void Replayer::apply(const informers::RecordedEvent& event, Instant at) {
  Stream* stream = stream_of(event.kind);
  if (!stream) {
    ++skipped_;
    return;
  }
  auto decoded = stream->decoder.decode(event.event);
  stream->last_line = at;
  if (auto* object = std::get_if<informers::ObjectEvent>(&decoded)) {
    if (shift_.count() != 0) objects::shift_times(object->object, shift_);
    stream->resource_version = objects::meta_of(object->object).resource_version;
    if (stream->listing) {
      pipeline_.listed(stream->target, std::move(object->object), at);
    } else {
      pipeline_.delivered(stream->target, std::move(*object), at);
    }
  } else if (const auto* bookmark = std::get_if<informers::Bookmark>(&decoded)) {
    if (!bookmark->resource_version.empty()) stream->resource_version = bookmark->resource_version;
    if (stream->listing && bookmark->initial_events_end) {
      stream->listing = false;
      pipeline_.list_finished(stream->target, bookmark->resource_version, at);
    } else {
      pipeline_.bookmark(stream->target, bookmark->resource_version, at);
    }
  } else {
    ++skipped_;
  }
}

void Replayer::apply(const informers::RecordedGap& gap, Instant at) {
  const auto kind = objects::kind_of_plural(gap.resource);
  Stream* stream = stream_of(kind);
  if (!stream) {
    ++skipped_;
    return;
  }
  const Instant since = stream->last_line.value_or(at);
  pipeline_.gap(stream->target, {gap.resource, since, at, stream->resource_version, {}, gap.cause}, at);
  stream->last_line = at;
  // The recorder lists again after a hole: what follows up to the next end of a list is that list.
  if (gap.list_follows && stream->has_list && !stream->listing) {
    stream->listing = true;
    pipeline_.list_started(stream->target, at);
  }
}

}  // namespace snaptrail::controller
