#pragma once

#include "kube/call_error.hpp"
#include "kube/transport.hpp"
#include "kube/watchdog.hpp"

#include <optional>

namespace snaptrail::kube {

/// One call under way, as those see it who carry out a part of it.
struct CallState {
  Limits limits;
  CallSite site;
  Watchdog& watchdog;
  Phase phase = Phase::connect;

  bool is_late() const { return watchdog.expired() != Watchdog::Expired::no; }
};

/// Why a wait of the call ended: our own end first, since a closed socket is only how a cancellation or a deadline shows.
Error end_error(const CallState& call, const Transport& transport, const boost::system::error_code& failed,
                bool cancelled);

/// That of a wait on something else than a transport. nullopt: it was neither cancelled nor late.
std::optional<Error> own_end(const CallState& call, bool cancelled);

}  // namespace snaptrail::kube
