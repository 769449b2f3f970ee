#include "serving/authenticator.hpp"

#include <fmt/format.h>

#include <utility>

#include "objects/utf8.hpp"

namespace snaptrail::serving {
namespace {

/// Longer ones are no names that RBAC could bind.
constexpr std::size_t kShownName = 256;

/// The path that the right to get `path` is asked by. Kubernetes' own ClusterRole system:discovery lets every authenticated
/// user get /api/*, which is meant for the API server's: ours but /metrics are told apart by a prefix.
std::string path_of_right(const std::string& path) { return path == "/metrics" ? path : "/snaptrail" + path; }

}  // namespace

void Authenticator::check(const Request& request, Decide decide) {
  const std::string& path = request.target.path;
  if (options_.open_health && (path == "/healthz" || path == "/readyz")) return decide(std::nullopt);
  const std::string token(bearer_token(request.authorization));
  if (token.empty()) {
    return refuse(401, path, "who asks is not known: send the token of a Kubernetes user, Authorization: Bearer TOKEN",
                  decide);
  }
  find_user(token, [this, path, decide = std::move(decide)](const TokenAnswer& answer) {
    if (!answer.answered) {
      refuse(503, path, "who asks could not be found out: the API server gives no answer; try again in a moment",
             decide);
    } else if (!answer.user) {
      refuse(401, path, "the API server does not know this token: it is of another cluster, expired or revoked",
             decide);
    } else {
      judge(*answer.user, path, decide);
    }
  });
}

void Authenticator::judge(const User& user, const std::string& path, const Decide& decide) {
  const std::string right = path_of_right(path);
  find_access(user, right, [this, name = user.name, path, right, decide](const AccessAnswer& answer) {
    if (!answer.answered) {
      refuse(503, path,
             "whether you may ask this could not be found out: the API server gives no answer; try again in a moment",
             decide);
    } else if (!answer.allowed) {
      refuse(403, path,
             fmt::format("{} may not get {}: it takes a ClusterRole with nonResourceURLs: [\"{}\"], verbs: [get]",
                         objects::to_printable(name.substr(0, kShownName)), path, right),
             decide);
    } else {
      ++stats_.allowed;
      decide(std::nullopt);
    }
  });
}

void Authenticator::find_user(const std::string& token, std::function<void(const TokenAnswer&)> then) {
  const std::string key = fingerprint_of(token);
  const AccessTime now = options_.clock();
  if (auto known = memory_.token(key, now)) return then({true, std::move(known->user)});
  if (const auto asked = tokens_.find(key); asked != tokens_.end()) return asked->second.push_back(std::move(then));
  const auto asker = memory_.was_good(key) ? Reviewer::Asker::Known : Reviewer::Asker::Stranger;
  if (!may_ask(asker, now)) return then({});
  ++stats_.token_reviews;
  tokens_[key].push_back(std::move(then));
  reviewer_.review_token(asker, token, [self = weak_from_this(), key](TokenAnswer answer) {
    const auto alive = self.lock();
    if (!alive) return;
    if (!answer.answered) ++alive->stats_.failed_reviews;
    if (answer.answered) alive->memory_.note_token(key, answer.user, alive->options_.clock());
    if (auto waiting = alive->tokens_.extract(key)) {
      for (const auto& one : waiting.mapped()) one(answer);
    }
  });
}

void Authenticator::find_access(const User& user, const std::string& path,
                                std::function<void(const AccessAnswer&)> then) {
  const AccessTime now = options_.clock();
  if (const auto known = memory_.access(user, path, now)) return then({true, *known});
  const std::string key = access_key(user, path);
  if (const auto asked = accesses_.find(key); asked != accesses_.end()) return asked->second.push_back(std::move(then));
  const auto asker = memory_.was_allowed(user) ? Reviewer::Asker::Known : Reviewer::Asker::Stranger;
  if (!may_ask(asker, now)) return then({});
  ++stats_.access_reviews;
  accesses_[key].push_back(std::move(then));
  reviewer_.review_access(asker, user, path, [self = weak_from_this(), key, user, path](AccessAnswer answer) {
    const auto alive = self.lock();
    if (!alive) return;
    if (!answer.answered) ++alive->stats_.failed_reviews;
    if (answer.answered) alive->memory_.note_access(user, path, answer.allowed, alive->options_.clock());
    if (auto waiting = alive->accesses_.extract(key)) {
      for (const auto& one : waiting.mapped()) one(answer);
    }
  });
}

bool Authenticator::may_ask(Reviewer::Asker asker, AccessTime now) {
  if ((asker == Reviewer::Asker::Known ? known_ : strangers_).take(now)) return true;
  ++stats_.limited_reviews;
  return false;
}

void Authenticator::refuse(unsigned status, const std::string& path, std::string_view words, const Decide& decide) {
  switch (status) {
    case 401: ++stats_.unauthenticated; break;
    case 403: ++stats_.forbidden; break;
    default: ++stats_.unavailable; break;
  }
  Response response = path.starts_with("/api/") ? json_error(status, words) : text_response(status, words);
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"snaptrail\"");
  if (status == 503) response.headers.emplace_back("Retry-After", "5");
  decide(std::move(response));
}

}  // namespace snaptrail::serving
