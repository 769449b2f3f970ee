#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>

#include "loopback.hpp"
#include "serving/body_stream.hpp"

using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace {

/// A body that the test writes.
struct Script : BodyStream {
  std::optional<std::string> take() override {
    ++taken;
    if (over) return std::nullopt;
    if (endless) return std::string(64u << 10, 'x');
    return std::exchange(next, {});
  }
  void on_ready(std::function<void()> wake_) override { wake = std::move(wake_); }
  std::string keep_alive() const override { return ":\n\n"; }
  std::chrono::milliseconds idle_after() const override { return idle; }

  void say(std::string text) {
    next += text;
    if (wake) wake();
  }

  std::string next;
  std::function<void()> wake;
  std::chrono::milliseconds idle{60'000};
  bool over = false;
  bool endless = false;
  int taken = 0;
};

Router streaming(const std::shared_ptr<Script>& script) {
  Router router;
  router.add("/stream", [script](const Request&) {
    Response response;
    response.content_type = "text/event-stream";
    response.stream = script;
    return response;
  });
  router.add("/small", [](const Request&) { return text_response(200, "small"); });
  return router;
}

}  // namespace

TEST_CASE("a body that goes on comes piece by piece, as it is said", "[http][stream]") {
  const auto script = std::make_shared<Script>();
  Loopback loop(streaming(script));
  Client client(loop);
  client.send(get("/stream"));
  loop.pump_until([&] { return script->wake != nullptr; });
  script->say("one\n\n");
  loop.pump_until([&] { return script->next.empty(); });
  script->say("two\n\n");
  loop.pump_until([&] { return script->next.empty(); });
  script->over = true;
  script->wake();
  const auto answer = client.receive();
  CHECK(answer.body() == "one\n\ntwo\n\n");
  CHECK(answer["Content-Type"] == "text/event-stream");
  CHECK(answer["Cache-Control"] == "no-store");
  CHECK(answer["X-Content-Type-Options"] == "nosniff");
  CHECK_FALSE(answer.keep_alive());
  CHECK(client.is_closed_by_server());
}

TEST_CASE("where nothing comes there is a sign of life", "[http][stream]") {
  const auto script = std::make_shared<Script>();
  script->idle = std::chrono::milliseconds(5);
  Loopback loop(streaming(script));
  Client client(loop);
  client.send(get("/stream"));
  loop.pump_until([&] { return script->taken > 3; });
  script->over = true;
  CHECK(client.receive().body().starts_with(":\n\n:\n\n"));
}

TEST_CASE("HEAD of a body that goes on is its head", "[http][stream]") {
  const auto script = std::make_shared<Script>();
  Loopback loop(streaming(script));
  Client client(loop);
  client.send("HEAD /stream HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(client.receive(true).result_int() == 200);
  CHECK(client.is_closed_by_server());
  CHECK(script->taken == 0);
}

TEST_CASE("HTTP/1.0 gets the pieces without chunks", "[http][stream]") {
  const auto script = std::make_shared<Script>();
  script->next = "bare";
  Loopback loop(streaming(script));
  Client client(loop);
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  loop.pump_until([&] { return script->next.empty() && script->wake; });
  script->over = true;
  script->wake();
  CHECK(client.drain().ends_with("\r\n\r\nbare"));
}

TEST_CASE("a client that goes ends its stream, also while nothing is written", "[http][stream]") {
  const auto script = std::make_shared<Script>();
  Loopback loop(streaming(script));
  for (const bool hard : {false, true}) {
    CAPTURE(hard);
    Client client(loop);
    client.send(get("/stream"));
    loop.pump_until([&] { return script->wake != nullptr; });
    hard ? client.reset() : client.close();
    loop.pump_until([&] { return loop.server->stats().connections == 0; });
    CHECK(script->wake == nullptr);
  }
}

TEST_CASE("a client that does not read holds up nobody, and is dropped in the end", "[http][stream]") {
  const auto script = std::make_shared<Script>();
  script->endless = true;
  HttpOptions options;
  options.write_timeout = std::chrono::milliseconds(200);
  Loopback loop(streaming(script), options);
  Client slow(loop, 4096);
  slow.send(get("/stream"));
  loop.pump_until([&] { return script->taken > 1; });
  CHECK(Client(loop).ask(get("/small")).body() == "small\n");
  loop.pump_until([&] { return loop.server->stats().connections == 0; });
  // Only what the kernel takes was ever asked for.
  CHECK(script->taken < 2'000);
}

TEST_CASE("a stream keeps its place where connections are beyond the limit", "[http][stream]") {
  const auto script = std::make_shared<Script>();
  HttpOptions options;
  options.max_connections = 1;
  Loopback loop(streaming(script), options);
  Client client(loop);
  CHECK(client.ask(get("/small")).result_int() == 200);
  client.send(get("/stream"));
  loop.pump_until([&] { return script->wake != nullptr; });
  CHECK(Client(loop).receive().result_int() == 503);
  script->say("still there");
  loop.pump_until([&] { return script->next.empty(); });
  script->over = true;
  script->wake();
  CHECK(client.receive().body() == "still there");
  CHECK(loop.server->stats().evicted_connections == 0);
}

TEST_CASE("stopping the server ends its streams at once, in order", "[http][stream]") {
  const auto script = std::make_shared<Script>();
  Loopback loop(streaming(script));
  Client client(loop);
  client.send(get("/stream"));
  loop.pump_until([&] { return script->wake != nullptr; });
  const auto began = std::chrono::steady_clock::now();
  loop.stop(std::chrono::seconds(30));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
  CHECK(loop.server->stats().connections == 0);
  CHECK(client.receive().body().empty());  // with its last chunk: an end, not a cut
}
