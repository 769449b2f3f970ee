#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// What went wrong between us and the API server. Callers decide by this and never by message texts.
enum class Errc {
  invalid_config,              ///< kubeconfig or in-cluster credentials can't be used as they are
  credentials,                 ///< an exec plugin gives none
  proxy,                       ///< the proxy can't be reached, or refuses to connect us
  unreachable,                 ///< name not found, connection refused or no route
  tls,                         ///< certificate not trusted, expired or for another name; no common protocol
  timed_out,                   ///< a deadline of ours passed
  disconnected,                ///< the peer closed or reset the connection in mid-answer
  protocol,                    ///< the bytes are no HTTP/1.1 answer, or larger than allowed
  cancelled,                   ///< we are shutting down
  bad_request,                 ///< 400, 422
  unauthorized,                ///< 401
  forbidden,                   ///< 403
  not_found,                   ///< 404: for a list, the CRD is missing
  conflict,                    ///< 409
  gone,                        ///< 410: resourceVersion or continue token expired
  too_many_requests,           ///< 429
  resource_version_too_large,  ///< 504 with that cause: the server's history is behind ours
  unavailable,                 ///< 503 and other 504
  server_error,                ///< any other 5xx
  unexpected_status,           ///< any other status
};

std::string_view to_string(Errc code);

/// A failed call. `message` says what, where and what to do, in one line, ready for a person; it holds no
/// secret and no control characters. The server's own words are in `reason` and `server_message`, never
/// parsed.
struct Error {
  Errc code = Errc::server_error;
  std::string message;
  int http_status = 0;         ///< 0 if there was no answer
  std::string reason;          ///< Status.reason, e.g. "Expired"; empty if the body was no Status
  std::string server_message;  ///< Status.message, or the start of a body that was no Status
  std::string continue_token;  ///< Status.metadata.continue of an expired list
  std::optional<std::chrono::seconds> retry_after;
};

template <class T>
using Result = boost::system::result<T, Error>;

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace snaptrail::kube
