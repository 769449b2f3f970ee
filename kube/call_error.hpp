#pragma once

#include "kube/client.hpp"
#include "kube/status_error.hpp"

#include <boost/system/error_code.hpp>

namespace snaptrail::kube {

/// What a call is waiting for.
enum class Phase {
  connect,  ///< credentials, resolve, TCP, proxy and TLS
  head,     ///< the request is being sent, or the answer's head is awaited
  body,     ///< the answer's body is coming in
};

/// One of the Limits ran out in `phase`; `total` if it was that of the whole call.
Error timeout_error(Phase phase, bool total, const Limits& limits, const CallSite& site);

Error cancelled_error(const CallSite& site);

/// No TCP connection: `unresolved` if the name could not be found.
Error unreachable_error(const boost::system::error_code& failed, bool unresolved, const std::string& host,
                        const CallSite& site);

/// The peer closed or reset the connection in `phase`.
Error disconnected_error(const boost::system::error_code& failed, Phase phase, const CallSite& site);

/// The proxy can't be reached, or gives no tunnel: `why` completes "the proxy …: ".
Error proxy_error(const Proxy& proxy, std::string_view why, const CallSite& site);

/// Bytes that are no answer to this request.
Error protocol_error(std::string_view why, const CallSite& site);

}  // namespace snaptrail::kube
