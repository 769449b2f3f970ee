#include "controller/token_reviewer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "../kube/scripted_server.hpp"

using namespace snaptrail;
using namespace snaptrail::kube::test;
using controller::access_answer;
using controller::token_answer;
using serving::User;
using Asker = serving::Reviewer::Asker;

namespace {

const std::string kAnn =
    R"({"kind":"TokenReview","status":{"authenticated":true,"user":{"username":"ann","uid":"7","groups":["ops","all"],)"
    R"("extra":{"scopes":["a","b"]}}}})";

struct Reviews {
  explicit Reviews(std::vector<Script> scripts) : server(io, std::move(scripts)), log(controller::Config::Log{}) {
    kube::ClusterConfig config;
    config.scheme = "http";
    config.host = "127.0.0.1";
    config.port = server.port();
    reviewer.emplace(io.get_executor(), std::make_shared<const kube::ClusterConfig>(config), log);
  }
  template <class Answer>
  Answer wait(std::optional<Answer>& answer) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!answer) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      io.restart();
      io.run_one_for(std::chrono::milliseconds(50));
    }
    return *answer;
  }
  serving::Reviewer::TokenAnswer token(const std::string& token) {
    std::optional<serving::Reviewer::TokenAnswer> answer;
    reviewer->review_token(Asker::Known, token, [&](auto given) { answer = std::move(given); });
    return wait(answer);
  }

  boost::asio::io_context io;
  ScriptedServer server;
  controller::Log log;
  std::optional<controller::TokenReviewer> reviewer;
};

/// Takes any number of connections and what comes by them, and never says anything.
class SilentServer {
 public:
  explicit SilentServer(boost::asio::io_context& io) : acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}) {
    accept();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  bool was_asked_about(const std::string& token) const {
    return std::ranges::any_of(peers_, [&](const Peer& peer) { return peer.heard.find(token) != std::string::npos; });
  }

 private:
  struct Peer {
    boost::asio::ip::tcp::socket socket;
    std::string heard;
  };
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code ec, boost::asio::ip::tcp::socket socket) {
      if (ec) return;
      Peer& peer = peers_.emplace_back(Peer{std::move(socket), {}});
      boost::asio::async_read(peer.socket, boost::asio::dynamic_buffer(peer.heard), [](auto, auto) {});
      accept();
    });
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  std::list<Peer> peers_;
};

}  // namespace

TEST_CASE("a review asks for a user's right to get a path, with all that the API server knows of the user", "[auth]") {
  const auto review =
      boost::json::parse(controller::access_review({"ann", "7", {"ops"}, {{"scopes", {"a"}}}}, "/metrics")).as_object();
  CHECK(review.at("kind") == "SubjectAccessReview");
  CHECK(review.at("spec") == boost::json::parse(R"({"user":"ann","groups":["ops"],"uid":"7","extra":{"scopes":["a"]},)"
                                                R"("nonResourceAttributes":{"path":"/metrics","verb":"get"}})"));
}

TEST_CASE("a token's review names its user, or none", "[auth]") {
  const auto ann = token_answer(kAnn);
  REQUIRE((ann.answered && ann.user));
  CHECK(*ann.user == User{"ann", "7", {"ops", "all"}, {{"scopes", {"a", "b"}}}});
  const auto nobody = token_answer(R"({"status":{"error":"invalid bearer token"}})");
  CHECK((nobody.answered && !nobody.user));
}

TEST_CASE("what is no review lets nobody in", "[auth][hostile]") {
  for (const char* text : {"", "{}", "[]", "null", R"({"status":{}})", R"({"status":[]})",
                           R"({"status":{"authenticated":true}})", R"({"status":{"authenticated":true,"user":{}}})",
                           R"({"status":{"authenticated":true,"user":{"username":7}}})"}) {
    CAPTURE(text);
    CHECK_FALSE(token_answer(text).answered);
    CHECK_FALSE(access_answer(text).allowed);
  }
  CHECK_FALSE(token_answer(R"({"status":{"authenticated":"true","user":{"username":"a"}}})").user);
  CHECK_FALSE(access_answer(R"({"status":{"allowed":"true"}})").allowed);
  CHECK_FALSE(access_answer(R"({"status":{"allowed":true,"denied":true}})").allowed);
  CHECK(access_answer(R"({"status":{"allowed":true}})").allowed);
}

TEST_CASE("reviews are posted one after the other, and a refusal is no answer", "[auth]") {
  Reviews reviews(
      {{expect(), send(answer("201 Created", kAnn)), hold()}, {expect(), send(answer("403 Forbidden", "{}")), hold()}});
  const auto first = reviews.token("s3cret");
  REQUIRE(first.user);
  CHECK(first.user->name == "ann");
  const std::string& request = reviews.server.requests.at(0);
  CHECK(request.starts_with("POST /apis/authentication.k8s.io/v1/tokenreviews HTTP/1.1\r\n"));
  CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
}

TEST_CASE("an API server that refuses or vanishes gives no answer", "[auth]") {
  Reviews reviews({{expect(), send(answer("403 Forbidden", "{}")), close()}, {expect(), close()}});
  CHECK_FALSE(reviews.token("a").answered);
  CHECK_FALSE(reviews.token("b").answered);
}

TEST_CASE("a reviewer that is gone while it asks tells nobody", "[auth]") {
  Reviews reviews({{expect(), hold()}});
  bool told = false;
  reviews.reviewer->review_token(Asker::Known, "a", [&](auto) { told = true; });
  bool asked = false;
  reviews.server.on_request = [&] { asked = true; };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!asked && std::chrono::steady_clock::now() < deadline) reviews.io.run_one_for(std::chrono::milliseconds(50));
  REQUIRE(asked);
  reviews.reviewer.reset();
  for (int i = 0; i < 20; ++i) reviews.io.poll();
  CHECK_FALSE(told);
}

TEST_CASE("strangers that the API server keeps waiting take no place of those who are known", "[auth]") {
  boost::asio::io_context io;
  SilentServer server(io);
  controller::Log log{controller::Config::Log{}};
  kube::ClusterConfig config;
  config.scheme = "http";
  config.host = "127.0.0.1";
  config.port = server.port();
  controller::TokenReviewer reviewer(io.get_executor(), std::make_shared<const kube::ClusterConfig>(config), log);
  std::size_t refused = 0;
  for (int i = 0; i < 100; ++i) {
    reviewer.review_token(Asker::Stranger, "stranger", [&](const auto& given) { refused += given.answered ? 0 : 1; });
  }
  CHECK(refused > 0);  // their queue is full
  bool ended = false;
  reviewer.review_token(Asker::Known, "good", [&](const auto&) { ended = true; });
  CHECK_FALSE(ended);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!server.was_asked_about("good")) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    io.restart();
    io.run_one_for(std::chrono::milliseconds(50));
  }
}
