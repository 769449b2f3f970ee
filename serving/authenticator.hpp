#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serving/access_memory.hpp"
#include "serving/auth_stats.hpp"
#include "serving/router.hpp"

namespace snaptrail::serving {

/// Asks the API server. Implemented by the controller; answers come later, on the server's strand, or never.
class Reviewer {
 public:
  virtual ~Reviewer() = default;

  /// About whom is asked: strangers, whoever they are and however many, must not keep waiting those who were let in before.
  enum class Asker : std::uint8_t { Stranger, Known };

  /// Whose token it is. `answered` false: the API server could not be asked.
  struct TokenAnswer {
    bool answered = false;
    std::optional<User> user;
  };
  virtual void review_token(Asker asker, const std::string& token, std::function<void(TokenAnswer)> done) = 0;

  /// Whether the user may `get` that path (a SubjectAccessReview of a nonResourceURL).
  struct AccessAnswer {
    bool answered = false;
    bool allowed = false;
  };
  virtual void review_access(Asker asker, const User& user, const std::string& path,
                             std::function<void(AccessAnswer)> done) = 0;
};

struct AuthOptions {
  bool open_health = true;  ///< /healthz and /readyz are answered to everyone
  std::function<AccessTime()> clock = [] { return std::chrono::steady_clock::now(); };
  AccessTimes times{};
};

/// Decides who is answered, as controller-runtime's filter for /metrics does: a bearer token that the API server knows
/// (TokenReview), of a user who may `get` the path (SubjectAccessReview; of any but /metrics as /snaptrail/…). What is known is not
/// asked again for a while; the same question is asked once at a time; and strangers, be it that nobody knows their tokens or that
/// they were never let in, can't use up what those who are known need. Whatever fails, nobody gets in by it.
///
/// One strand. `reviewer` must outlive it; answers that come after it is gone are lost.
class Authenticator : public std::enable_shared_from_this<Authenticator> {
 public:
  using Decide = std::function<void(std::optional<Response>)>;

  Authenticator(Reviewer& reviewer, AuthOptions options)
      : reviewer_(reviewer), options_(std::move(options)), memory_(options_.times) {}

  /// Calls `decide` once: nothing, 401, 403 or 503.
  void check(const Request& request, Decide decide);

  const AuthStats& stats() const { return stats_; }

 private:
  /// Those who wait for one question's answer.
  template <class Answer>
  using Waiting = std::map<std::string, std::vector<std::function<void(const Answer&)>>>;
  using TokenAnswer = Reviewer::TokenAnswer;
  using AccessAnswer = Reviewer::AccessAnswer;

  void find_user(const std::string& token, std::function<void(const TokenAnswer&)> then);
  void find_access(const User& user, const std::string& path, std::function<void(const AccessAnswer&)> then);
  void judge(const User& user, const std::string& path, const Decide& decide);
  /// Whether one more may be asked about now.
  bool may_ask(Reviewer::Asker asker, AccessTime now);
  void refuse(unsigned status, const std::string& path, std::string_view words, const Decide& decide);

  Reviewer& reviewer_;
  AuthOptions options_;
  AccessMemory memory_;
  /// Several scrapers an API server's cache lifetime apart need a fraction of these.
  RateLimit strangers_{10, 20};
  RateLimit known_{20, 50};
  Waiting<TokenAnswer> tokens_;
  Waiting<AccessAnswer> accesses_;
  AuthStats stats_;
};

}  // namespace snaptrail::serving
