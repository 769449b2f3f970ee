#pragma once

#include <string>
#include <string_view>

#include "controller/api_calls.hpp"
#include "controller/logging.hpp"
#include "serving/authenticator.hpp"

namespace snaptrail::controller {

/// Asks the API server by TokenReview (authentication.k8s.io/v1) and SubjectAccessReview (authorization.k8s.io/v1). That it can't be
/// asked is logged once, until it can. No token is ever logged. One strand, the executor's.
class TokenReviewer : public serving::Reviewer {
 public:
  /// `log` must outlive it.
  TokenReviewer(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> cluster,
                const Log& log);

  void review_token(Asker asker, const std::string& token, std::function<void(TokenAnswer)> done) override;
  void review_access(Asker asker, const serving::User& user, const std::string& path,
                     std::function<void(AccessAnswer)> done) override;
  /// No answer comes any more.
  void stop() { known_.stop(), strangers_.stop(); }

 private:
  ApiCalls& calls_of(Asker asker) { return asker == Asker::Known ? known_ : strangers_; }
  void note(const kube::Result<std::string>& result);

  const Log& log_;
  ApiCalls known_;
  ApiCalls strangers_;  ///< apart: where the API server is slow, they fill their own queue
  bool failing_ = false;
};

/// The bodies of the requests and answers. Pure.
std::string token_review(std::string_view token);
std::string access_review(const serving::User& user, std::string_view path);
/// Not answered where the text is no such review.
serving::Reviewer::TokenAnswer token_answer(const std::string& text);
serving::Reviewer::AccessAnswer access_answer(const std::string& text);

}  // namespace snaptrail::controller
