#include "kube/call_error.hpp"

#include "kube/local_error.hpp"

#include <fmt/format.h>

namespace snaptrail::kube {
namespace {

std::string shown(std::chrono::milliseconds limit) {
  if (limit.count() % 1000 == 0) return fmt::format("{} s", limit.count() / 1000);
  return fmt::format("{} ms", limit.count());
}

std::string where(const CallSite& site) { return fmt::format("{} at {}", site.request, site.server); }

}  // namespace

Error timeout_error(Phase phase, bool total, const Limits& limits, const CallSite& site) {
  std::string what;
  if (total) {
    what = fmt::format("the call took longer than {}", shown(limits.total));
  } else if (phase == Phase::connect) {
    what = fmt::format("no connection within {}; check the address of context {}, the network and its firewalls",
                       shown(limits.connect), site.context);
  } else if (phase == Phase::head) {
    what = fmt::format("no answer within {}; the API server may be overloaded or hang", shown(limits.head));
  } else {
    what = fmt::format("nothing more came for {}; the API server or the network between may hang", shown(limits.idle));
  }
  return local_error(Errc::timed_out, fmt::format("{}: {}", where(site), what));
}

Error cancelled_error(const CallSite& site) {
  return local_error(Errc::cancelled, fmt::format("{}: cancelled", where(site)));
}

Error unreachable_error(const boost::system::error_code& failed, bool unresolved, const std::string& host,
                        const CallSite& site) {
  if (unresolved) {
    return local_error(Errc::unreachable,
                       fmt::format("{}: the host {} can't be resolved: {}; check DNS and the server URL of context {}",
                                   where(site), host, failed.message(), site.context));
  }
  return local_error(Errc::unreachable,
                     fmt::format("{}: can't connect: {}; check that the API server runs and that context {} has its "
                                 "address",
                                 where(site), failed.message(), site.context));
}

Error disconnected_error(const boost::system::error_code& failed, Phase phase, const CallSite& site) {
  const std::string_view when = phase == Phase::connect ? "during the TLS handshake"
                                : phase == Phase::head  ? "before it answered"
                                                        : "in mid-answer";
  const std::string why = failed ? fmt::format(" ({})", failed.message()) : "";
  return local_error(Errc::disconnected,
                     fmt::format("{}: the server closed the connection {}{}", where(site), when, why));
}

Error proxy_error(const Proxy& proxy, std::string_view why, const CallSite& site) {
  return local_error(Errc::proxy,
                     fmt::format("{}: the proxy {} ({}): {}", where(site), display_of(proxy), proxy.origin, why));
}

Error protocol_error(std::string_view why, const CallSite& site) {
  return local_error(Errc::protocol,
                     fmt::format("{}: this is no answer of an API server: {}; check the server URL of context {}",
                                 where(site), why, site.context));
}

}  // namespace snaptrail::kube
