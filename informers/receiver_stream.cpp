// Streams: watches, and lists that go on as watches. Receiver's part of them.
#include <fmt/format.h>

#include <utility>

#include "informers/call_input.hpp"
#include "informers/receiver.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::informers {

using kube::Errc;

void Receiver::start_stream(bool listing) {
  if (!listing) causes_.watch_begins(stats_);
  streaming_ = listing;
  deleted_.clear();
  deleted_uids_.clear();
  ended_.reset();
  splitter_ = LineSplitter(options_.max_line);
  last_proof_ = last_object_ = options_.clock().steady;
}

Input Receiver::stream_ended(const std::optional<kube::Error>& error) {
  if (ended_) return std::move(*ended_);
  if (error) return failed(*error);
  if (splitter_.pending() > 0) return failed(Errc::disconnected, "the watch ended in the middle of an event");
  return input::StreamEnded{};
}

bool Receiver::end_stream(Input reason) {
  ended_ = std::move(reason);
  return false;
}

bool Receiver::take(std::string_view piece) {
  stats_.bytes += piece.size();
  // A line that was too long is noticed before the one after it, whose version would hide that something is missing.
  if (!splitter_.write(piece, [this](std::string_view line) { return !lost_a_line() && take_line(line); }))
    return false;
  if (lost_a_line()) return false;
  // Whatever these bytes are (a middleman's blanks, say), without events or bookmarks they are no sign of the API server.
  if (options_.clock().steady - last_proof_ > options_.proof) {
    return end_stream(failed(Errc::timed_out, "the watch brings bytes, but no event or bookmark for too long"));
  }
  return true;
}

bool Receiver::lost_a_line() {
  if (splitter_.oversized() == 0) return false;
  ++stats_.oversized;
  skip_line({fmt::format("it has more than {} bytes", options_.max_line)});
  return true;
}

bool Receiver::take_line(std::string_view line) {
  Decoded decoded = decoder_.decode(line);
  if (auto* event = std::get_if<ObjectEvent>(&decoded)) {
    take_event(std::move(*event));
    return true;
  }
  if (const auto* bookmark = std::get_if<Bookmark>(&decoded)) return take_bookmark(*bookmark);
  if (auto* error = std::get_if<WatchError>(&decoded)) {
    ++stats_.stream_errors;
    return end_stream(input::StreamFailed{std::move(*error)});
  }
  ++stats_.malformed;
  return skip_line(std::get<Malformed>(decoded));
}

/// Of an event that can't be read nobody knows what it told: the place in the stream is no longer certain.
bool Receiver::skip_line(const Malformed& line) {
  log_skipped("event", fmt::format("an event ({})", line.why));
  if (!line.loses) return true;
  return end_stream(input::StreamFailed{{0, std::string(kUnreadable), "an event could not be read"}});
}

bool Receiver::take_bookmark(const Bookmark& bookmark) {
  const Moment now = options_.clock();
  ++stats_.bookmarks;
  if (streaming_ && bookmark.initial_events_end) return take_end_of_list(bookmark, now);
  if (streaming_ && !fsm_.unmarked_bookmark(now.steady - last_object_)) return end_stream(input::StreamEnded{});
  received(now);
  if (streaming_) return true;
  fsm_.delivered(bookmark.resource_version, now);
  if (is_version(bookmark.resource_version)) intake_.bookmark(target_, bookmark.resource_version, now.wall);
  return true;
}

bool Receiver::take_end_of_list(const Bookmark& bookmark, Moment now) {
  Step step = fsm_.list_streamed(bookmark.resource_version, now);
  const bool complete = step.list_finished.has_value();
  if (complete && !std::exchange(list_begun_, true)) intake_.list_started(target_, now.wall);
  received(now);
  hand_over(step);
  if (!complete) return end_stream(input::StreamEnded{});
  ++stats_.streamed_lists;
  streaming_ = false;
  deleted_uids_ = {};
  for (ObjectEvent& event : std::exchange(deleted_, {})) {
    intake_.delivered(target_, std::move(event), options_.clock().wall);
  }
  return true;
}

void Receiver::take_event(ObjectEvent event) {
  const Moment now = options_.clock();
  received(now);
  if (streaming_) return take_initial(std::move(event), now);
  ++stats_.events.at(static_cast<std::size_t>(event.type));
  fsm_.delivered(objects::meta_of(event.object).resource_version, now);
  intake_.delivered(target_, std::move(event), now.wall);
}

/// An object of a streamed list. They come in the order of names, so that their versions say nothing of the place in the
/// stream; one that was changed or deleted meanwhile may come as that.
void Receiver::take_initial(ObjectEvent event, Moment now) {
  if (!std::exchange(list_begun_, true)) intake_.list_started(target_, now.wall);
  ++stats_.listed;
  last_object_ = now.steady;
  const objects::Meta& meta = objects::meta_of(event.object);
  fsm_.witnessed(meta.resource_version);
  if (event.type == EventType::Deleted) {
    deleted_uids_.insert(meta.uid);
    deleted_.push_back(std::move(event));
  } else {
    // What left a selector's sight may be back in it: its deletion is over then.
    if (deleted_uids_.erase(meta.uid) > 0) {
      std::erase_if(deleted_,
                    [&meta](const ObjectEvent& held) { return objects::meta_of(held.object).uid == meta.uid; });
    }
    intake_.listed(target_, std::move(event.object), now.wall);
  }
}

}  // namespace snaptrail::informers
