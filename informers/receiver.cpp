#include "informers/receiver.hpp"

#include <fmt/format.h>

#include <utility>

#include "informers/call_input.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::informers {

using kube::Errc;

namespace {

/// A success whose body is something else: as a rule a proxy or load balancer that answers in the server's place.
Input no_list(const ListDecoder& decoder) {
  return failed(Errc::protocol,
                fmt::format("the answer to a list is no list ({}); look at what stands between here and "
                            "the API server",
                            decoder.error()));
}

}  // namespace

Receiver::Receiver(Target target, WatchFsm& fsm, Intake& intake, ReceiverOptions options)
    : target_(std::move(target)),
      fsm_(fsm),
      intake_(intake),
      options_(std::move(options)),
      decoder_(target_.kind),
      splitter_(options_.max_line),
      causes_(target_.poll.count() > 0) {}

// ---- lists in pages ----

void Receiver::start_list() {
  causes_.list_begins(options_.clock().steady);
  list_begun_ = false;
}

Receiver::Page::Page(Receiver& receiver, bool listing)
    : receiver_(receiver), listing_(listing), decoder_(receiver.target_.kind, [this](objects::Object object) {
        if (listing_) take_item(std::move(object));
      }) {}

/// The list's version says which history its items belong to. API servers send it before them; where a middleman has changed the
/// order, the page waits for it.
void Receiver::Page::take_item(objects::Object object) {
  const std::string& version = decoder_.meta().resource_version;
  if (receiver_.list_begun_ || is_version(version)) {
    receiver_.take_listed(version, std::move(object));
  } else {
    early_.push_back(std::move(object));
  }
}

bool Receiver::Page::take(std::string_view piece) {
  receiver_.stats_.bytes += piece.size();
  readable_ = decoder_.write(piece);
  return readable_;
}

Input Receiver::Page::ended(const std::optional<kube::Error>& error) {
  const std::size_t malformed = listing_ ? decoder_.malformed() : 0;
  receiver_.stats_.malformed += malformed;
  if (malformed > 0) receiver_.log_skipped("item", fmt::format("{} items of a list", malformed));
  if (error && readable_) return failed(*error);
  if (!readable_ || !decoder_.finish()) return no_list(decoder_);
  const std::string& version = decoder_.meta().resource_version;
  if (listing_ && (receiver_.list_begun_ || is_version(version))) {
    receiver_.begin_list(version);
    for (objects::Object& object : std::exchange(early_, {})) receiver_.take_listed(version, std::move(object));
    receiver_.received(receiver_.options_.clock());
  }
  return input::PageDone{version, decoder_.meta().continue_token};
}

/// Once a list, before its first item.
void Receiver::begin_list(std::string_view resource_version) {
  if (std::exchange(list_begun_, true)) return;
  const Moment now = options_.clock();
  if (auto gap = fsm_.list_opened(resource_version, now)) tell_gap(std::move(*gap), now.wall);
  intake_.list_started(target_, now.wall);
}

void Receiver::tell_gap(objects::Gap gap, objects::Instant now) {
  if (gap.cause == objects::GapCause::Rewound) causes_.rewound();
  intake_.gap(target_, std::move(gap), now);
}

void Receiver::take_listed(std::string_view list_version, objects::Object object) {
  begin_list(list_version);
  ++stats_.listed;
  intake_.listed(target_, std::move(object), options_.clock().wall);
}

// ---- reports ----

void Receiver::report(const Input& input, Step& step) {
  log_failure(input, step.next);
  causes_.ended(input);
  hand_over(step);
}

void Receiver::hand_over(Step& step) {
  const auto [now, steady_now] = options_.clock();
  if (step.gap) tell_gap(std::move(*step.gap), now);
  if (step.list_finished) {
    causes_.list_finished(steady_now, stats_);
    stats_.synced_at = now;
    stats_.synced_version = *step.list_finished;
    intake_.list_finished(target_, *step.list_finished, now);
  }
  if (step.availability) {
    stats_.availability = step.availability->availability;
    intake_.availability(target_, step.availability->availability, step.availability->why, now);
  }
}

void Receiver::received(Moment now) {
  stats_.last_receive = now.wall;
  last_proof_ = now.steady;
  if (const auto lasted = calls_.recovered(now.steady)) {
    say(LogLevel::Info, fmt::format("can be followed again, after {} s", lasted->count()));
  }
}

void Receiver::log_failure(const Input& input, const Command& next) {
  if (std::holds_alternative<command::ListPage>(next)) return;  // a server that streams no lists is asked for pages
  std::string what, kind;
  if (const auto* call = std::get_if<input::CallFailed>(&input)) {
    ++stats_.failures;
    what = call->error.message;
    kind = kube::to_string(call->error.code);
  } else if (const auto* stream = std::get_if<input::StreamFailed>(&input)) {
    const bool expired = is_expired(stream->error);
    if (stream->error.reason == kUnreadable) return;  // said already, with the reason
    kind = expired ? "expired" : "stream error";
    what = expired ? "the server no longer has the history since our last event, all objects are listed again"
                   : fmt::format("the server ended the watch with code {}", stream->error.code);
  }
  if (kind.empty() || !calls_.failed(kind, options_.clock().steady)) return;
  if (const auto* wait = std::get_if<command::Wait>(&next)) {
    what += fmt::format("; trying again in {:.1f} s", std::chrono::duration<double>(wait->duration).count());
  }
  say(LogLevel::Warning, what);
}

void Receiver::log_skipped(std::string_view kind, const std::string& why) {
  if (skipped_.failed(kind, options_.clock().steady)) say(LogLevel::Warning, "skipped " + why);
}

void Receiver::say(LogLevel level, const std::string& message) const {
  if (options_.log) options_.log(level, stream_text(target_) + ": " + message);
}

}  // namespace snaptrail::informers
