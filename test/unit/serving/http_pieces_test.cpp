#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gunzip.hpp"
#include "loopback.hpp"
#include "serving/body_stream.hpp"

using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace {

/// A body that never ends.
struct Endless : BodyPieces {
  std::optional<std::string> take() override { return std::string(100'000, 'x'); }
};

Router endless() {
  Router router;
  router.add("/endless", [](const Request&) {
    Response response;
    response.pieces = std::make_shared<Endless>();
    return response;
  });
  return router;
}

HttpOptions whole_within(std::chrono::milliseconds limit) {
  HttpOptions options;
  options.write_timeout = kPatience;
  options.pieces_timeout = limit;
  return options;
}

struct Pieces : BodyPieces {
  explicit Pieces(std::size_t count) : left(count) {}
  std::optional<std::string> take() override {
    if (left == 0) return std::nullopt;
    --left;
    return left % 3 == 1 ? std::string() : std::string(100'000, static_cast<char>('a' + left % 26));
  }
  std::size_t left;
};

std::string whole(std::size_t count) {
  Pieces pieces(count);
  std::string text;
  while (const auto piece = pieces.take()) text += *piece;
  return text;
}

Router in_pieces(std::size_t count) {
  Router router = sample_router();
  router.add("/pieces", [count](const Request&) {
    Response response;
    response.pieces = std::make_shared<Pieces>(count);
    return response;
  });
  return router;
}

}  // namespace

TEST_CASE("a body of pieces arrives whole, and the connection goes on", "[http]") {
  Loopback loop(in_pieces(20));
  Client client(loop);
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.ask(get("/pieces"));
    CHECK(answer.result_int() == 200);
    CHECK(answer["Transfer-Encoding"] == "chunked");
    CHECK(answer["X-Content-Type-Options"] == "nosniff");
    CHECK(answer.body() == whole(20));
    CHECK(answer.keep_alive());
  }
  CHECK(client.ask(get("/small")).body() == "small\n");
}

TEST_CASE("a body of no pieces is an empty one", "[http]") {
  Loopback loop(in_pieces(0));
  Client client(loop);
  CHECK(client.ask(get("/pieces")).body().empty());
  CHECK(client.ask(get("/small")).body() == "small\n");
}

TEST_CASE("a body of pieces is compressed for who takes gzip", "[http]") {
  Loopback loop(in_pieces(20));
  Client client(loop);
  const auto answer = client.ask(get("/pieces", "Accept-Encoding: gzip\r\n"));
  CHECK(answer["Content-Encoding"] == "gzip");
  CHECK(answer["Vary"] == "Accept-Encoding");
  CHECK(gunzip(answer.body(), whole(20).size()) == whole(20));
  CHECK(client.ask(get("/small")).body() == "small\n");
}

TEST_CASE("to HTTP/1.0 a body of pieces says how long it is, so that what is cut is not taken for all", "[http]") {
  Loopback loop(in_pieces(5));
  Client client(loop);
  client.send("GET /pieces HTTP/1.0\r\n\r\n");
  const auto answer = client.receive();
  CHECK(answer.version() == 10);
  CHECK(answer["Content-Length"] == std::to_string(whole(5).size()));
  CHECK(answer["Transfer-Encoding"].empty());
  CHECK(answer.body() == whole(5));
  CHECK(client.is_closed_by_server());
}

TEST_CASE("to HTTP/1.0 a body of pieces is compressed for who takes gzip, and the connection may go on", "[http]") {
  Loopback loop(in_pieces(20));
  Client client(loop);
  client.send("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\nAccept-Encoding: gzip\r\n\r\n");
  const auto answer = client.receive();
  CHECK(answer["Content-Encoding"] == "gzip");
  CHECK(answer["Vary"] == "Accept-Encoding");
  CHECK(answer["Content-Length"] == std::to_string(answer.body().size()));
  CHECK(gunzip(answer.body(), whole(20).size()) == whole(20));
  CHECK(client.ask(get("/small")).body() == "small\n");
}

TEST_CASE("pieces count as alive until they are written, also where they are made one text before", "[http]") {
  std::weak_ptr<BodyPieces> alive;
  Router router;
  router.add("/pieces", [&alive](const Request&) {
    Response response;
    response.pieces = std::make_shared<Pieces>(400);
    alive = response.pieces;
    return response;
  });
  Loopback loop(std::move(router));
  Client slow(loop, 4'096);
  slow.send("GET /pieces HTTP/1.0\r\n\r\n");
  loop.pump_until([&] { return loop.server->stats().answers[200] == 1; });
  CHECK_FALSE(alive.expired());
  slow.close();
  loop.pump_until([&] { return alive.expired(); });
}

TEST_CASE("HEAD of a body of pieces has no body", "[http]") {
  Loopback loop(in_pieces(5));
  Client client(loop);
  client.send("HEAD /pieces HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(client.receive(true).result_int() == 200);
  CHECK(client.ask(get("/small")).body() == "small\n");
}

TEST_CASE("of a body of pieces no more is made than its reader takes", "[http]") {
  const auto pieces = std::make_shared<Pieces>(1'000);
  Router router;
  router.add("/pieces", [pieces](const Request&) {
    Response response;
    response.pieces = pieces;
    return response;
  });
  router.add("/small", [](const Request&) { return text_response(200, "small"); });
  Loopback loop(std::move(router));
  Client slow(loop, 4'096);
  slow.send(get("/pieces"));
  loop.pump_until([&] { return pieces->left < 1'000; });
  // Others are answered meanwhile.
  for (int i = 0; i < 20; ++i) CHECK(Client(loop).ask(get("/small")).body() == "small\n");
  CHECK(pieces->left > 500);
  slow.close();
}

TEST_CASE("a body of pieces ends at its deadline, however steadily it is read, and is seen to be cut", "[http]") {
  Loopback loop(endless(), whole_within(std::chrono::milliseconds(100)));
  Client steady(loop);
  steady.send(get("/endless"));
  CHECK_FALSE(steady.last_before_close(5).ends_with("0\r\n\r\n"));
}

TEST_CASE("no piece has longer than what is left of the whole body's time", "[http]") {
  Loopback loop(endless(), whole_within(std::chrono::milliseconds(100)));
  Client idle(loop, 4'096);
  const auto begin = std::chrono::steady_clock::now();
  idle.send(get("/endless"));
  loop.pump_until([&] { return loop.server->stats().answers[200] == 1; });
  loop.pump_until([&] { return loop.server->stats().connections == 0; });
  CHECK(std::chrono::steady_clock::now() - begin < kPatience / 2);
}
