#include "kube/call_state.hpp"

namespace snaptrail::kube {

std::optional<Error> own_end(const CallState& call, bool cancelled) {
  if (cancelled) return cancelled_error(call.site);
  if (!call.is_late()) return std::nullopt;
  return timeout_error(call.phase, call.watchdog.expired() == Watchdog::Expired::total, call.limits, call.site);
}

Error end_error(const CallState& call, const Transport& transport, const boost::system::error_code& failed,
                bool cancelled) {
  if (auto own = own_end(call, cancelled)) return std::move(*own);
  if (is_tls_failure(failed) && !is_end_of_stream(failed)) {
    return tls_error(failed, transport.peer_check(), transport.peer());
  }
  return disconnected_error(failed, call.phase, call.site);
}

}  // namespace snaptrail::kube
