#include "kube/error.hpp"

#include <boost/throw_exception.hpp>

#include <stdexcept>

namespace snaptrail::kube {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid_config: return "invalid_config";
    case Errc::credentials: return "credentials";
    case Errc::proxy: return "proxy";
    case Errc::unreachable: return "unreachable";
    case Errc::tls: return "tls";
    case Errc::timed_out: return "timed_out";
    case Errc::disconnected: return "disconnected";
    case Errc::protocol: return "protocol";
    case Errc::cancelled: return "cancelled";
    case Errc::bad_request: return "bad_request";
    case Errc::unauthorized: return "unauthorized";
    case Errc::forbidden: return "forbidden";
    case Errc::not_found: return "not_found";
    case Errc::conflict: return "conflict";
    case Errc::gone: return "gone";
    case Errc::too_many_requests: return "too_many_requests";
    case Errc::resource_version_too_large: return "resource_version_too_large";
    case Errc::unavailable: return "unavailable";
    case Errc::server_error: return "server_error";
    case Errc::unexpected_status: return "unexpected_status";
  }
  return "unknown";
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.message), where);
}

}  // namespace snaptrail::kube
