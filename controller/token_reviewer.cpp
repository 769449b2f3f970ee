#include "controller/token_reviewer.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace snaptrail::controller {
namespace {

namespace json = boost::json;
using serving::User;

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const auto& text : texts) array.push_back(json::value(text));
  return array;
}

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::vector<std::string> texts_of(const json::value* value) {
  std::vector<std::string> texts;
  if (value == nullptr || !value->is_array()) return texts;
  for (const auto& item : value->get_array()) {
    if (const auto* text = item.if_string()) texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

bool is_true(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// `status` of an answer; empty where there is none.
json::object status_in(const std::string& text) {
  boost::system::error_code ec;
  json::value parsed = json::parse(text, ec);
  if (ec || !parsed.is_object()) return {};
  auto* status = parsed.get_object().if_contains("status");
  return status != nullptr && status->is_object() ? std::move(status->get_object()) : json::object();
}

}  // namespace

std::string token_review(std::string_view token) {
  return json::serialize(json::object{
      {"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenReview"}, {"spec", json::object{{"token", token}}}});
}

std::string access_review(const User& user, std::string_view path) {
  json::object spec{{"user", user.name}, {"groups", array_of(user.groups)}};
  if (!user.uid.empty()) spec["uid"] = json::value(user.uid);
  json::object extra;
  for (const auto& [key, values] : user.extra) extra[key] = array_of(values);
  if (!extra.empty()) spec["extra"] = std::move(extra);
  spec["nonResourceAttributes"] = json::object{{"path", path}, {"verb", "get"}};
  return json::serialize(json::object{
      {"apiVersion", "authorization.k8s.io/v1"}, {"kind", "SubjectAccessReview"}, {"spec", std::move(spec)}});
}

serving::Reviewer::TokenAnswer token_answer(const std::string& text) {
  const json::object status = status_in(text);
  // A token that nobody knows has a status with no more than an error.
  if (status.empty()) return {};
  if (!is_true(status, "authenticated")) return {true, std::nullopt};
  const auto* known = status.if_contains("user");
  if (known == nullptr || !known->is_object()) return {};
  const json::object& object = known->get_object();
  User user{text_at(object, "username"), text_at(object, "uid"), texts_of(object.if_contains("groups")), {}};
  if (user.name.empty()) return {};
  if (const auto* extra = object.if_contains("extra"); extra != nullptr && extra->is_object()) {
    for (const auto& member : extra->get_object()) {
      user.extra[std::string(member.key().data(), member.key().size())] = texts_of(&member.value());
    }
  }
  return {true, std::move(user)};
}

serving::Reviewer::AccessAnswer access_answer(const std::string& text) {
  const json::object status = status_in(text);
  if (!status.contains("allowed")) return {};
  return {true, is_true(status, "allowed") && !is_true(status, "denied")};
}

TokenReviewer::TokenReviewer(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> cluster,
                             const Log& log)
    : log_(log),
      known_(executor, cluster, {4, 64, std::chrono::seconds(10)}),
      strangers_(std::move(executor), std::move(cluster), {2, 64, std::chrono::seconds(10)}) {}

void TokenReviewer::review_token(Asker asker, const std::string& token, std::function<void(TokenAnswer)> done) {
  const auto answered = [this, done](const kube::Result<std::string>& result) {
    note(result);
    done(result ? token_answer(*result) : TokenAnswer{});
  };
  kube::Write write{"POST", "/apis/authentication.k8s.io/v1/tokenreviews", token_review(token)};
  if (!calls_of(asker).submit(std::move(write), answered)) done({});
}

void TokenReviewer::review_access(Asker asker, const User& user, const std::string& path,
                                  std::function<void(AccessAnswer)> done) {
  const auto answered = [this, done](const kube::Result<std::string>& result) {
    note(result);
    done(result ? access_answer(*result) : AccessAnswer{});
  };
  kube::Write write{"POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", access_review(user, path)};
  if (!calls_of(asker).submit(std::move(write), answered)) done({});
}

void TokenReviewer::note(const kube::Result<std::string>& result) {
  if (result.has_value() == !failing_) return;
  failing_ = !result.has_value();
  if (!failing_) return log_.info("auth: the API server tells again who asks");
  const bool is_right = result.error().code == kube::Errc::forbidden;
  log_.error(
      fmt::format("auth: who asks can't be found out, and gets 503: {}{}", result.error().message,
                  is_right ? "; grant `create` on tokenreviews and subjectaccessreviews (docs/security.md)" : ""));
}

}  // namespace snaptrail::controller
