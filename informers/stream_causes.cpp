#include "informers/stream_causes.hpp"

#include <utility>

#include "informers/watch_rules.hpp"

namespace snaptrail::informers {

using kube::Errc;

namespace {

ReconnectCause reconnect_cause(Errc code) {
  switch (code) {
    case Errc::timed_out: return ReconnectCause::TimedOut;
    case Errc::disconnected:
    case Errc::protocol: return ReconnectCause::Disconnected;
    case Errc::unreachable:
    case Errc::proxy:
    case Errc::tls:
    case Errc::credentials:
    case Errc::invalid_config: return ReconnectCause::Unreachable;
    case Errc::too_many_requests:
    case Errc::unavailable: return ReconnectCause::Busy;
    default: return ReconnectCause::Refused;
  }
}

std::optional<ReconnectCause> reconnect_cause(const Input& input) {
  if (std::holds_alternative<input::StreamEnded>(input)) return ReconnectCause::Ended;
  if (const auto* call = std::get_if<input::CallFailed>(&input)) return reconnect_cause(call->error.code);
  if (const auto* stream = std::get_if<input::StreamFailed>(&input)) {
    return stream->error.code == 429 ? ReconnectCause::Busy : ReconnectCause::ErrorEvent;
  }
  return std::nullopt;
}

std::optional<RelistCause> relist_cause(const kube::Error& error) {
  if (error.code == Errc::gone) return RelistCause::Expired;
  if (error.code == Errc::resource_version_too_large) return RelistCause::Behind;
  if (is_unavailable(error.code)) return RelistCause::Unavailable;
  if (is_passing(error.code)) return std::nullopt;
  return RelistCause::Refused;
}

std::optional<RelistCause> relist_cause(const Input& input) {
  if (const auto* call = std::get_if<input::CallFailed>(&input)) return relist_cause(call->error);
  if (const auto* stream = std::get_if<input::StreamFailed>(&input)) {
    if (is_expired(stream->error)) return RelistCause::Expired;
    return stream->error.reason == kUnreadable ? RelistCause::Unreadable : RelistCause::ErrorEvent;
  }
  // The answer to the question whether the server has come as far as we have: where a list follows, it had not.
  if (std::holds_alternative<input::PageDone>(input)) return RelistCause::Behind;
  return std::nullopt;
}

}  // namespace

void StreamCauses::ended(const Input& input) {
  if (!reconnect_) reconnect_ = reconnect_cause(input);
  if (const auto cause = relist_cause(input)) last_ = cause;
}

void StreamCauses::list_begins(std::chrono::steady_clock::time_point now) {
  began_ = now;
  if (!std::exchange(following_, false)) return;
  relist_ = polled_ ? RelistCause::Poll : last_.value_or(RelistCause::Refused);
}

void StreamCauses::rewound() {
  if (relist_) relist_ = RelistCause::Rewound;
}

void StreamCauses::list_finished(std::chrono::steady_clock::time_point now, StreamTraffic& traffic) {
  if (relist_) ++traffic.relists[*relist_];
  traffic.last_sync = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_);
  following_ = true;
  relist_.reset();
  last_.reset();
  reconnect_.reset();
}

void StreamCauses::watch_begins(StreamTraffic& traffic) {
  if (reconnect_) ++traffic.reconnects[*reconnect_];
  reconnect_.reset();
}

}  // namespace snaptrail::informers
