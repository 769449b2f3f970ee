#include "kube/credentials.hpp"

#include "kube/base64.hpp"
#include "kube/exec_source.hpp"

#include <fmt/format.h>

namespace snaptrail::kube {
namespace {

std::string bearer(const std::string& token) { return token.empty() ? "" : "Bearer " + token; }

std::string basic_of(const ClusterConfig& config) {
  if (config.username.empty()) return {};
  return "Basic " + encode_base64(fmt::format("{}:{}", config.username, config.password));
}

}  // namespace

Credentials::Credentials(const boost::asio::any_io_executor& executor, const ClusterConfig& config)
    : tokens_(config), basic_(basic_of(config)), exec_(config.exec), wake_(executor) {}

boost::asio::awaitable<Result<Presented>> Credentials::current() {
  if (exec_) {
    auto given = co_await exec_->get(wake_);
    if (!given) co_return given.error();
    co_return Presented{bearer((*given)->token), *given};
  }
  const auto token = tokens_.token(TokenSource::TimePoint::clock::now());
  if (!token) co_return token.error();
  co_return Presented{token->empty() ? basic_ : bearer(*token), nullptr};
}

bool Credentials::refused(const Presented& presented) {
  if (exec_) return exec_->refused(presented.plugin);
  return tokens_.expire();
}

}  // namespace snaptrail::kube
