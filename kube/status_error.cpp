#include "kube/status_error.hpp"

#include "kube/retry_after.hpp"
#include "objects/utf8.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <optional>

namespace snaptrail::kube {
namespace {

namespace json = boost::json;

// A Status nests four deep: object, details, causes, cause.
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kForeignBodyShown = 200;
constexpr std::size_t kReasonShown = 64;
constexpr std::size_t kMessageShown = 2000;

/// The parts of a metav1.Status that decide something or are shown.
struct Status {
  std::string reason;
  std::string message;
  std::string continue_token;
  std::optional<std::chrono::seconds> retry_after;
  bool resource_version_too_large = false;
};

/// The first characters of a stranger's text, on one line and visible.
std::string shown(std::string_view text, std::size_t limit) {
  const bool cut = text.size() > limit;
  std::string line(text.substr(0, limit));
  if (cut) {  // not in the middle of a UTF-8 sequence
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0u) == 0x80u) line.pop_back();
    if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0u) line.pop_back();
  }
  // Blank runs, which HTML pages are full of, say nothing.
  std::string squeezed;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank) squeezed += c;
    if (blank && !squeezed.empty() && squeezed.back() != ' ') squeezed += ' ';
  }
  if (!squeezed.empty() && squeezed.back() == ' ') squeezed.pop_back();
  return objects::to_printable(squeezed) + (cut ? "..." : "");
}

std::string_view string_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

bool says_too_large(std::string_view text) { return text.find("Too large resource version") != text.npos; }

/// Newer servers name the cause; 1.17 to 1.18.5 said it in a cause's message, older ones in the message
/// (client-go tells them apart in the same way, tools/cache/reflector.go).
void read_details(const json::object& details, Status& status) {
  if (const json::value* seconds = details.if_contains("retryAfterSeconds"); seconds && seconds->is_int64()) {
    const std::int64_t value = seconds->get_int64();
    if (value > 0) {
      status.retry_after = std::chrono::seconds(std::min<std::int64_t>(value, kLongestRetryAfter.count()));
    }
  }
  const json::value* causes = details.if_contains("causes");
  if (!causes || !causes->is_array()) return;
  for (const json::value& cause : causes->get_array()) {
    const json::object* object = cause.if_object();
    if (object &&
        (string_at(*object, "reason") == "ResourceVersionTooLarge" || says_too_large(string_at(*object, "message")))) {
      status.resource_version_too_large = true;
    }
  }
}

std::optional<Status> parse_status(std::string_view body) {
  if (body.empty() || body.size() > kErrorBodyLimit || body.find('{') == body.npos) return std::nullopt;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code failed;
  const json::value document = json::parse(json::string_view(body.data(), body.size()), failed, {}, options);
  const json::object* object = failed ? nullptr : document.if_object();
  if (!object || string_at(*object, "kind") != "Status") return std::nullopt;
  Status status;
  status.reason = shown(string_at(*object, "reason"), kReasonShown);
  const std::string_view message = string_at(*object, "message");
  status.message = shown(message, kMessageShown);
  status.resource_version_too_large = says_too_large(message);
  if (const json::object* metadata = object_at(*object, "metadata")) {
    status.continue_token = string_at(*metadata, "continue");
  }
  if (const json::object* details = object_at(*object, "details")) read_details(*details, status);
  return status;
}

Errc code_of(int http_status, bool too_large) {
  switch (http_status) {
    case 400:
    case 422: return Errc::bad_request;
    case 401: return Errc::unauthorized;
    case 403: return Errc::forbidden;
    case 404: return Errc::not_found;
    case 409: return Errc::conflict;
    case 410: return Errc::gone;
    case 429: return Errc::too_many_requests;
    case 503: return Errc::unavailable;
    case 504: return too_large ? Errc::resource_version_too_large : Errc::unavailable;
    default: break;
  }
  return http_status >= 500 && http_status <= 599 ? Errc::server_error : Errc::unexpected_status;
}

/// What the reader can do about it; empty where nothing but waiting helps.
std::string advice(Errc code, const FailedAnswer& answer, const CallSite& site) {
  switch (code) {
    case Errc::unauthorized:
      return fmt::format("the credentials of context {} were refused; check its token or client certificate",
                         site.context);
    case Errc::forbidden:
      return fmt::format(
          "the user of context {} lacks this right; grant it by RBAC (snaptrail needs get, list and watch)",
          site.context);
    case Errc::not_found:
      return "nothing is served at this path; if it is a list, install the CRD or check its version";
    case Errc::gone: return "the resourceVersion or continue token has expired; the list must start over";
    case Errc::resource_version_too_large:
      return "the server's history is behind the resourceVersion asked for; it lags, or etcd was restored "
             "from a backup";
    case Errc::too_many_requests: return "the server asks for fewer requests; retrying later";
    case Errc::unavailable: return "the server is overloaded, starting or stopping; retrying later";
    default: break;
  }
  if (answer.status >= 300 && answer.status < 400) {
    return fmt::format("the server redirects{}; set the cluster's server URL to the API server itself",
                       answer.location.empty() ? "" : " to " + shown(answer.location, kForeignBodyShown));
  }
  return {};
}

}  // namespace

Error status_error(const FailedAnswer& answer, const CallSite& site, std::chrono::sys_seconds now) {
  const std::optional<Status> status = parse_status(answer.body);
  Error error;
  error.http_status = answer.status;
  error.code = code_of(answer.status, status && status->resource_version_too_large);
  error.retry_after = parse_retry_after(answer.retry_after, now);
  if (status) {
    error.reason = status->reason;
    error.server_message = status->message;
    error.continue_token = status->continue_token;
    if (!error.retry_after) error.retry_after = status->retry_after;
  } else {
    error.server_message = shown(answer.body, kForeignBodyShown);
  }
  std::string message = fmt::format("{} at {}: HTTP {}", site.request, site.server, answer.status);
  if (!error.reason.empty()) message += fmt::format(" {}", error.reason);
  if (!error.server_message.empty()) message += fmt::format(": {}", error.server_message);
  if (const std::string hint = advice(error.code, answer, site); !hint.empty()) message += fmt::format(" ({})", hint);
  error.message = objects::to_printable(message);
  return error;
}

}  // namespace snaptrail::kube
