#include "informers/watch_rules.hpp"

#include <compare>

#include "informers/resource_version.hpp"

namespace snaptrail::informers {

using kube::Errc;
using objects::GapCause;

bool is_version(std::string_view resource_version) { return !resource_version.empty() && resource_version != "0"; }

bool may_follow(std::string_view next, std::string_view last) {
  if (next == last) return false;
  if (last.empty()) return true;
  const auto compared = compare_resource_versions(next, last);
  if (compared != std::partial_ordering::unordered) return compared == std::partial_ordering::greater;
  return !is_well_formed_version(last);
}

bool is_passing(Errc code) {
  switch (code) {
    case Errc::credentials:
    case Errc::proxy:
    case Errc::unreachable:
    case Errc::tls:
    case Errc::timed_out:
    case Errc::disconnected:
    case Errc::protocol:
    case Errc::cancelled:
    case Errc::invalid_config:
    case Errc::too_many_requests:
    case Errc::unavailable:
    case Errc::server_error: return true;
    case Errc::bad_request:
    case Errc::unauthorized:
    case Errc::forbidden:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::gone:
    case Errc::resource_version_too_large:
    case Errc::unexpected_status: return false;
  }
  return false;
}

bool is_unavailable(Errc code) {
  return code == Errc::not_found || code == Errc::unauthorized || code == Errc::forbidden;
}

bool is_expired(const WatchError& error) {
  return error.code == 410 || error.reason == "Expired" || error.reason == "Gone";
}

bool is_internal(const WatchError& error) {
  return error.reason == "InternalError" || (error.code == 500 && error.reason.empty());
}

int strength(GapCause cause) {
  switch (cause) {
    case GapCause::Disconnected: return 0;
    case GapCause::Expired: return 1;
    case GapCause::Overload: return 2;
    case GapCause::Forbidden: return 3;
    case GapCause::Restarted: return 4;
    case GapCause::Rewound: return 5;
  }
  return 0;
}

}  // namespace snaptrail::informers
