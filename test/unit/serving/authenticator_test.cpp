#include "serving/authenticator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Who is answered, on virtual time, with an API server that answers when the test says so.
using namespace snaptrail::serving;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct FakeReviewer : Reviewer {
  std::vector<std::pair<std::string, std::function<void(TokenAnswer)>>> tokens;
  std::vector<std::pair<std::string, std::function<void(AccessAnswer)>>> accesses;
  std::vector<Asker> askers;  ///< of all reviews

  void review_token(Asker asker, const std::string& token, std::function<void(TokenAnswer)> done) override {
    askers.push_back(asker);
    tokens.emplace_back(token, std::move(done));
  }
  void review_access(Asker asker, const User& user, const std::string& path,
                     std::function<void(AccessAnswer)> done) override {
    askers.push_back(asker);
    accesses.emplace_back(user.name + " " + path, std::move(done));
  }
};

struct Door {
  FakeReviewer server;
  AccessTime now{};
  std::shared_ptr<Authenticator> authenticator;

  explicit Door(bool open_health = true) {
    AuthOptions options;
    options.open_health = open_health;
    options.clock = [this] { return now; };
    authenticator = std::make_shared<Authenticator>(server, options);
  }

  static constexpr int kOpen = 200, kUndecided = 0;
  /// 200 where the request may be answered, 0 where that is not decided yet.
  std::shared_ptr<int> ask(const std::string& authorization, const std::string& path = "/metrics") {
    auto status = std::make_shared<int>(kUndecided);
    Request request{.target = {path, {}}, .accept = {}, .authorization = authorization};
    authenticator->check(request, [status](std::optional<Response> refusal) {
      CHECK(*status == kUndecided);
      *status = refusal ? static_cast<int>(refusal->status) : kOpen;
    });
    return status;
  }
  void answer_token(std::optional<User> user) {
    std::exchange(server.tokens, {}).at(0).second({true, std::move(user)});
  }
  void answer_access(bool allowed) { std::exchange(server.accesses, {}).at(0).second({true, allowed}); }
  /// Somebody who has been let in.
  void admit(const std::string& token) {
    const auto status = ask("Bearer " + token);
    answer_token(User{"user of " + token, "", {}, {}});
    if (!server.accesses.empty()) answer_access(true);
    REQUIRE(*status == kOpen);
  }
};

}  // namespace

TEST_CASE("who sends no token is told so without asking the API server", "[auth]") {
  Door door;
  for (const char* field :
       {"", "Bearer", "Bearer ", "Basic YTpi", "bearer a b", "Token x", "Bearer a\tb", "Bearer \xc3\xa9"}) {
    CAPTURE(field);
    CHECK(*door.ask(field) == 401);
  }
  CHECK(door.server.tokens.empty());
  CHECK(door.authenticator->stats().unauthenticated == 8);
}

TEST_CASE("health is answered to everyone unless configured otherwise", "[auth]") {
  Door open, shut(false);
  for (const char* path : {"/healthz", "/readyz"}) {
    CHECK(*open.ask("", path) == Door::kOpen);
    CHECK(*shut.ask("", path) == 401);
  }
  CHECK(*open.ask("", "/metrics") == 401);
  CHECK(*open.ask("", "/") == 401);
}

TEST_CASE("a user who may get the path is let in, one who may not gets 403", "[auth]") {
  Door door;
  const auto status = door.ask("Bearer t");
  CHECK(door.server.tokens.at(0).first == "t");
  CHECK(*status == Door::kUndecided);
  door.answer_token(User{"ann", "", {}, {}});
  CHECK(door.server.accesses.at(0).first == "ann /metrics");
  door.answer_access(true);
  CHECK(*status == Door::kOpen);

  const auto other = door.ask("bearer t", "/api/v1/status");
  CHECK(door.server.tokens.empty());
  CHECK(door.server.accesses.at(0).first == "ann /snaptrail/api/v1/status");
  door.answer_access(false);
  CHECK(*other == 403);
  CHECK(door.authenticator->stats().allowed == 1);
  CHECK(door.authenticator->stats().forbidden == 1);
}

TEST_CASE("what refuses says what is missing, a challenge to who is not known", "[auth]") {
  Door door;
  std::optional<Response> refusal;
  const Request request{.target = {"/api/v1/status", {}}, .accept = {}, .authorization = "Bearer t"};
  door.authenticator->check(request, [&](std::optional<Response> given) { refusal = std::move(given); });
  door.answer_token(User{"ann\x1b[31m", "", {}, {}});
  door.answer_access(false);
  REQUIRE(refusal);
  CHECK(refusal->body.find("nonResourceURLs") != std::string::npos);
  CHECK(refusal->body.find('\x1b') == std::string::npos);
  CHECK(refusal->content_type == kJson);
  door.authenticator->check(Request{}, [&](std::optional<Response> given) { refusal = std::move(given); });
  CHECK(refusal->status == 401);
  CHECK(refusal->headers.at(0) ==
        std::pair<std::string, std::string>("WWW-Authenticate", "Bearer realm=\"snaptrail\""));
}

TEST_CASE("a token is asked about once a minute, so that a revoked one is good for no longer", "[auth]") {
  Door door;
  door.admit("t");
  door.now += seconds(59);
  CHECK(*door.ask("Bearer t") == Door::kOpen);
  CHECK(door.server.tokens.empty());
  door.now += seconds(1);
  const auto later = door.ask("Bearer t");
  REQUIRE(door.server.tokens.size() == 1);
  door.answer_token(std::nullopt);
  CHECK(*later == 401);
}

TEST_CASE("a right is asked about every five minutes, a missing one every 30 s", "[auth]") {
  Door door;
  door.admit("t");
  for (int minute = 1; minute <= 4; ++minute) {
    door.now += minutes(1);
    const auto status = door.ask("Bearer t");
    door.answer_token(User{"user of t", "", {}, {}});
    CHECK(*status == Door::kOpen);
    CHECK(door.server.accesses.empty());
  }
  door.now += minutes(1);
  auto status = door.ask("Bearer t");
  door.answer_token(User{"user of t", "", {}, {}});
  door.answer_access(false);
  CHECK(*status == 403);
  door.now += seconds(29);
  CHECK(*door.ask("Bearer t") == 403);
  door.now += seconds(1);
  status = door.ask("Bearer t");
  door.answer_access(true);
  CHECK(*status == Door::kOpen);
}

TEST_CASE("a refused token is not asked about again for 10 s", "[auth]") {
  Door door;
  const auto status = door.ask("Bearer bad");
  door.answer_token(std::nullopt);
  CHECK(*status == 401);
  door.now += milliseconds(9'999);
  CHECK(*door.ask("Bearer bad") == 401);
  CHECK(door.server.tokens.empty());
  door.now += milliseconds(1);
  CHECK(*door.ask("Bearer bad") == Door::kUndecided);
  CHECK(door.server.tokens.size() == 1);
}

TEST_CASE("many who ask the same at once are one review", "[auth]") {
  Door door;
  std::vector<std::shared_ptr<int>> asked;
  for (int i = 0; i < 100; ++i) asked.push_back(door.ask("Bearer t"));
  REQUIRE(door.server.tokens.size() == 1);
  door.answer_token(User{"ann", "", {}, {}});
  REQUIRE(door.server.accesses.size() == 1);
  door.answer_access(true);
  for (const auto& status : asked) CHECK(*status == Door::kOpen);
  CHECK(door.authenticator->stats().token_reviews == 1);
  CHECK(door.authenticator->stats().access_reviews == 1);
}

TEST_CASE("an API server that gives no answer lets nobody in, and is asked again by the next one", "[auth]") {
  Door door;
  auto status = door.ask("Bearer t");
  std::exchange(door.server.tokens, {}).at(0).second({});
  CHECK(*status == 503);
  status = door.ask("Bearer t");
  door.answer_token(User{"ann", "", {}, {}});
  std::exchange(door.server.accesses, {}).at(0).second({});
  CHECK(*status == 503);
  status = door.ask("Bearer t");
  door.answer_access(true);
  CHECK(*status == Door::kOpen);
  CHECK(door.authenticator->stats().failed_reviews == 2);
}

TEST_CASE("who is known is let in while the API server is away, for as long as that is remembered", "[auth]") {
  Door door;
  door.admit("t");
  door.now += seconds(30);
  CHECK(*door.ask("Bearer t") == Door::kOpen);
  door.now += seconds(31);
  const auto status = door.ask("Bearer t");
  std::exchange(door.server.tokens, {}).at(0).second({});
  CHECK(*status == 503);
}

TEST_CASE("a flood of guessed tokens is limited, and does not keep out who is known", "[auth]") {
  Door door;
  door.admit("t");
  door.now += minutes(2);
  std::size_t limited = 0;
  for (int i = 0; i < 5'000; ++i) limited += *door.ask("Bearer guess-" + std::to_string(i)) == 503 ? 1 : 0;
  CHECK(door.server.tokens.size() == 20);
  CHECK(limited == 4'980);
  for (auto& [token, done] : std::exchange(door.server.tokens, {})) done({true, std::nullopt});
  const auto status = door.ask("Bearer t");
  REQUIRE(door.server.tokens.size() == 1);
  door.answer_token(User{"user of t", "", {}, {}});
  CHECK(*status == Door::kOpen);
  CHECK(door.authenticator->stats().limited_reviews == 4'980);
}

TEST_CASE("who has many good tokens but may get nothing does not keep out who is known", "[auth]") {
  Door door;
  door.admit("t");
  door.now += minutes(10);
  for (int i = 0; i < 60; ++i) {
    for (int j = 0; j < 10; ++j) door.ask("Bearer minted-" + std::to_string(10 * i + j));
    for (auto& [token, done] : std::exchange(door.server.tokens, {}))
      done({true, User{"user of " + token, "", {}, {}}});
    for (auto& [access, done] : std::exchange(door.server.accesses, {})) done({true, false});
    door.now += milliseconds(500);
  }
  for (int i = 0; i < 600; ++i) door.ask("Bearer minted-" + std::to_string(i), "/api/v1/status");
  CHECK(door.server.accesses.size() <= 20);
  door.server.tokens.clear();
  door.server.accesses.clear();
  const auto status = door.ask("Bearer t");
  REQUIRE(door.server.tokens.size() == 1);
  door.answer_token(User{"user of t", "", {}, {}});
  REQUIRE(door.server.accesses.size() == 1);
  door.answer_access(true);
  CHECK(*status == Door::kOpen);
}

TEST_CASE("who was let in is no stranger any more, on other paths and by further tokens neither", "[auth]") {
  using enum Reviewer::Asker;
  Door door;
  const auto asked = [&door](const char* field, const char* path, std::optional<User> user, bool allowed) {
    door.server.askers.clear();
    door.ask(field, path);
    if (!door.server.tokens.empty()) door.answer_token(std::move(user));
    if (!door.server.accesses.empty()) door.answer_access(allowed);
    return door.server.askers;
  };
  const auto ann = [](const char* credential) { return User{"ann", "1", {}, {{"credential-id", {credential}}}}; };
  CHECK(asked("Bearer a", "/", ann("a"), false) == std::vector{Stranger, Stranger});
  CHECK(asked("Bearer a", "/metrics", {}, true) == std::vector{Stranger});
  CHECK(asked("Bearer a", "/api/v1/status", {}, true) == std::vector{Known});
  CHECK(asked("Bearer b", "/metrics", ann("b"), true) == std::vector{Stranger, Known});
  door.now += minutes(1);
  CHECK(asked("Bearer b", "/metrics", ann("b"), true) == std::vector{Known});
  CHECK(asked("Bearer c", "/metrics", User{"bob", "2", {}, {}}, false) == std::vector{Stranger, Stranger});
}

TEST_CASE("answers that come after it is gone are lost", "[auth]") {
  Door door;
  const auto status = door.ask("Bearer t");
  door.authenticator.reset();
  door.answer_token(User{"ann", "", {}, {}});
  CHECK(*status == Door::kUndecided);
}

TEST_CASE("what is remembered is bounded, and guesses push out nobody who is known", "[auth]") {
  AccessMemory memory({}, 10);
  const AccessTime now{};
  memory.note_token("good", User{"ann", "", {}, {}}, now);
  for (int i = 0; i < 1'000; ++i) memory.note_token("bad-" + std::to_string(i), std::nullopt, now);
  for (int i = 0; i < 1'000; ++i) memory.note_access({"ann", "", {}, {}}, "/" + std::to_string(i), false, now);
  CHECK(memory.size() == 1 + 10 + 40);
  CHECK(memory.token("good", now)->user->name == "ann");
  CHECK_FALSE(memory.token("bad-0", now));
}

TEST_CASE("no two users share what is remembered of a right", "[auth]") {
  const std::vector<User> users{
      {"ab", "", {}, {}},    {"a", "b", {}, {}},         {"a", "", {"b"}, {}},          {"a", "", {"b", "c"}, {}},
      {"a", "", {"bc"}, {}}, {"a", "", {}, {{"b", {}}}}, {"a", "", {}, {{"b", {"c"}}}}, {"a", "", {"=1:b"}, {}},
      {"", "", {}, {}}};
  for (std::size_t i = 0; i < users.size(); ++i) {
    for (std::size_t j = 0; j < users.size(); ++j) {
      CHECK((access_key(users[i], "/") == access_key(users[j], "/")) == (i == j));
    }
  }
  CHECK(access_key(users[0], "/a") != access_key(users[0], "/b"));
}

TEST_CASE("a rate limit gives its burst at once and then so many a second, whatever the clock does", "[auth]") {
  RateLimit limit(2, 4);
  AccessTime now{seconds(100)};
  const auto taken = [&] {
    int count = 0;
    while (limit.take(now)) ++count;
    return count;
  };
  CHECK(taken() == 4);
  now += seconds(1);
  CHECK(taken() == 2);
  now -= seconds(50);
  CHECK(taken() == 0);
  now += minutes(10);
  CHECK(taken() == 4);
}
