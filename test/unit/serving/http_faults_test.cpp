#include <catch2/catch_test_macros.hpp>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "loopback.hpp"
#include "serving/http_server.hpp"

using namespace snaptrail::serving;
using namespace snaptrail::serving::test;
using std::chrono::milliseconds;

namespace {

HttpOptions hasty() {
  HttpOptions options;
  options.head_timeout = milliseconds(60);
  options.idle_timeout = milliseconds(60);
  options.write_timeout = milliseconds(60);
  return options;
}

/// More than all the buffers between two sockets hold. Clients that read it all keep a receive buffer of some size: a
/// window of a few KB takes minutes on a busy machine.
constexpr int kReadableBuffer = 256 << 10;

Router flood_router() {
  Router router;
  router.add("/flood", [](const Request&) { return text_response(200, std::string(32u << 20, 'x')); });
  return router;
}

HttpOptions at_most(std::size_t connections) {
  HttpOptions options;
  options.max_connections = connections;
  return options;
}

/// The answers that /held owes.
using Held = std::vector<Reply>;

Router holding_router(Held& held) {
  Router router = sample_router();
  router.add_deferred("/held", [&held](const Request&, Reply reply) { held.push_back(std::move(reply)); });
  return router;
}

/// Makes the server busy with an answer to `client`, the `count`th that it owes.
void hold(Loopback& loop, const Held& held, Client& client, std::size_t count) {
  client.send(get("/held"));
  loop.pump_until([&] { return held.size() == count; });
}

void wait_for_connections(Loopback& loop, std::size_t count) {
  loop.pump_until([&] { return loop.server->stats().connections == count; });
}

}  // namespace

TEST_CASE("a method other than GET and HEAD gets 405 with those allowed, and the connection ends", "[http]") {
  Loopback loop(sample_router());
  for (const char* request :
       {"POST /small HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc", "DELETE /small HTTP/1.1\r\nHost: t\r\n\r\n",
        "FROB /small HTTP/1.1\r\nHost: t\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n"}) {
    CAPTURE(request);
    Client client(loop);
    const auto answer = client.ask(request);
    CHECK(answer.result_int() == 405);
    CHECK(answer["Allow"] == "GET, HEAD");
    CHECK(client.is_closed_by_server());
  }
}

TEST_CASE("a GET with a body gets 413, and its body is never taken for a request", "[http]") {
  Loopback loop(sample_router());
  for (const char* framing :
       {"Content-Length: 44\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 99999999999\r\n",
        "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding:\r\n",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: gzip\r\n"}) {
    CAPTURE(framing);
    Client client(loop);
    client.send(get("/small", framing) + get("/throws"));
    CHECK(client.receive().result_int() == 413);
    CHECK(client.is_closed_by_server());
  }
  CHECK(loop.server->stats().handler_exceptions == 0);
}

TEST_CASE("a malformed target or a missing Host gets 400", "[http]") {
  Loopback loop(sample_router());
  Client client(loop);
  CHECK(client.ask(get("/%zz")).result_int() == 400);
  CHECK(client.ask(get("/small")).result_int() == 200);
  CHECK(client.ask("GET /small HTTP/1.1\r\n\r\n").result_int() == 400);
  CHECK(Client(loop).ask("GET /small HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").result_int() == 400);
}

TEST_CASE("garbage gets 400 or is cut off, whatever it is", "[http]") {
  Loopback loop(sample_router());
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string("GET\r\n\r\n"),
        std::string("GET /small HTTP/9.9\r\nHost: t\r\n\r\n"), std::string("\r\n\r\n\r\nnonsense\r\n\r\n"),
        std::string("GET /small HTTP/1.1\r\nHost : t\r\nBad Header\r\n\r\n"), std::string(100, '\0'),
        std::string("GET /small HTTP/1.1\r\nContent-Length: -5\r\nHost: t\r\n\r\n")}) {
    CAPTURE(bytes);
    Client client(loop);
    client.send(bytes);
    CHECK(client.receive().result_int() == 400);
    CHECK(client.is_closed_by_server());
  }
  CHECK(Client(loop).ask(get("/small")).result_int() == 200);
}

TEST_CASE("a head above 16 KiB gets 431, one below is served", "[http]") {
  Loopback loop(sample_router());
  CHECK(Client(loop).ask(get("/small", "X-Filler: " + std::string(15'000, 'a') + "\r\n")).result_int() == 200);
  Client one_large(loop);
  CHECK(one_large.ask(get("/small", "X-Filler: " + std::string(17'000, 'a') + "\r\n")).result_int() == 431);
  CHECK(one_large.is_closed_by_server());
  std::string many;
  for (int i = 0; i < 4'000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(Client(loop).ask(get("/small", many)).result_int() == 431);
  CHECK(Client(loop).ask(get("/" + std::string(40'000, 'p'))).result_int() == 431);
}

TEST_CASE("a client that drips its head is cut off at the head's deadline", "[http]") {
  Loopback loop(sample_router(), hasty());
  Client client(loop);
  client.send("GET /small HT");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(client.is_closed_by_server());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  wait_for_connections(loop, 0);
}

TEST_CASE("a client that says nothing at first is cut off at the head's deadline", "[http]") {
  Loopback loop(sample_router(), hasty());
  Client silent(loop);
  CHECK(silent.is_closed_by_server());
  wait_for_connections(loop, 0);
}

TEST_CASE("a client that says nothing after an answer is cut off when idle for too long", "[http]") {
  HttpOptions options;  // the head's time is not short: a busy machine must not cut off the request itself
  options.idle_timeout = milliseconds(60);
  Loopback loop(sample_router(), options);
  Client idle(loop);
  CHECK(idle.ask(get("/small")).result_int() == 200);
  CHECK(idle.is_closed_by_server());
  wait_for_connections(loop, 0);
}

TEST_CASE("a client that does not read its answer is cut off at the write's deadline", "[http]") {
  Loopback loop(flood_router(), hasty());
  Client client(loop, 4096);
  client.send(get("/flood"));
  wait_for_connections(loop, 1);
  wait_for_connections(loop, 0);
}

TEST_CASE("clients that vanish at any point leave nothing behind", "[http]") {
  Loopback loop(sample_router());
  const std::string request = get("/large");
  for (std::size_t cut = 0; cut <= request.size(); cut += 7) {
    Client closing(loop);
    closing.send(request.substr(0, cut));
    closing.close();
    Client resetting(loop);
    resetting.send(request.substr(0, cut));
    resetting.reset();
  }
  CHECK(Client(loop).ask(get("/small")).result_int() == 200);
  wait_for_connections(loop, 0);
}

TEST_CASE("connections beyond the limit get 503, and one that ends makes room", "[http]") {
  Held held;
  Loopback loop(holding_router(held), at_most(3));
  std::list<Client> clients;
  for (std::size_t i = 0; i < 3; ++i) hold(loop, held, clients.emplace_back(loop), i + 1);
  {
    Client refused(loop);
    const auto answer = refused.receive();
    CHECK(answer.result_int() == 503);
    CHECK(answer["Retry-After"] == "5");
    CHECK(refused.is_closed_by_server());
  }
  CHECK(loop.server->stats().refused_connections == 1);
  CHECK(loop.server->stats().evicted_connections == 0);
  clients.pop_front();
  held.front()(text_response(200, "to nobody"));
  wait_for_connections(loop, 2);
  CHECK(Client(loop).ask(get("/small")).result_int() == 200);
  held.back()(text_response(200, "held"));
  CHECK(clients.back().receive().body() == "held\n");
}

TEST_CASE("a connection beyond the limit takes the place of the one that has been idle longest", "[http]") {
  Loopback loop(sample_router(), at_most(3));
  Client first(loop), second(loop), third(loop);
  for (Client* client : {&first, &second, &third}) CHECK(client->ask(get("/small")).result_int() == 200);
  CHECK(first.ask(get("/small")).result_int() == 200);  // since when it is no more the one to go
  Client fresh(loop);
  CHECK(fresh.ask(get("/small")).result_int() == 200);
  CHECK(second.is_closed_by_server());
  wait_for_connections(loop, 3);
  for (Client* client : {&third, &first, &fresh}) CHECK(client->ask(get("/small")).result_int() == 200);
  CHECK(loop.server->stats().evicted_connections == 1);
  CHECK(loop.server->stats().refused_connections == 0);
}

TEST_CASE("who asks again on every connection that there may be keeps out nobody", "[http]") {
  Loopback loop(sample_router(), at_most(4));
  for (int round = 0; round < 3; ++round) {
    std::list<Client> hoard;
    for (int i = 0; i < 8; ++i) CHECK(hoard.emplace_back(loop).ask(get("/small")).result_int() == 200);
    CHECK(Client(loop).ask(get("/small")).result_int() == 200);
  }
  CHECK(loop.server->stats().refused_connections == 0);
}

TEST_CASE("the beginning of a further request does not keep a connection's place", "[http]") {
  Loopback loop(sample_router(), at_most(1));
  Client dripping(loop);
  dripping.send(get("/small") + "GET /sm");
  CHECK(dripping.receive().result_int() == 200);
  CHECK(Client(loop).ask(get("/small")).result_int() == 200);
  CHECK(dripping.is_closed_by_server());
}

TEST_CASE("a connection that was just made is not closed for another", "[http]") {
  Loopback loop(sample_router(), at_most(1));
  Client silent(loop);
  wait_for_connections(loop, 1);
  CHECK(Client(loop).receive().result_int() == 503);
  CHECK(silent.ask(get("/small")).result_int() == 200);
}

TEST_CASE("connections that are being answered keep their place, and the idle one goes", "[http]") {
  Held held;
  Loopback loop(holding_router(held), at_most(2));
  Client busy(loop), idle(loop);
  CHECK(busy.ask(get("/small")).result_int() == 200);
  hold(loop, held, busy, 1);
  CHECK(idle.ask(get("/small")).result_int() == 200);
  Client fresh(loop);
  hold(loop, held, fresh, 2);
  CHECK(idle.is_closed_by_server());
  CHECK(Client(loop).receive().result_int() == 503);
  for (const Reply& reply : held) reply(text_response(200, "held"));
  CHECK(busy.receive().body() == "held\n");
  CHECK(fresh.receive().body() == "held\n");
}

TEST_CASE("a flood of connections beyond the limit is bounded and survived", "[http]") {
  Held held;
  Loopback loop(holding_router(held), at_most(1));
  Client first(loop);
  hold(loop, held, first, 1);
  std::list<Client> flood;
  for (int i = 0; i < 200; ++i) flood.emplace_back(loop);
  loop.pump_until([&] { return loop.server->stats().refused_connections == 200; });
  CHECK(loop.server->stats().connections <= 1 + 64);
  flood.clear();
  held.front()(text_response(200, "held"));
  CHECK(first.receive().body() == "held\n");
  CHECK(first.ask(get("/small")).result_int() == 200);
}

TEST_CASE("stopping closes idle connections at once and accepts no more", "[http]") {
  Loopback loop(sample_router());
  Client idle(loop), half(loop);
  CHECK(idle.ask(get("/small")).result_int() == 200);
  half.send("GET /sm");
  wait_for_connections(loop, 2);
  const ListenAddress address = loop.server->local_endpoint();
  const auto begin = std::chrono::steady_clock::now();
  loop.stop(std::chrono::seconds(8));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
  CHECK(idle.is_closed_by_server());
  CHECK(half.is_closed_by_server());
  CHECK(loop.server->stats().connections == 0);
  tcp::socket late(loop.io);
  error_code ec;
  late.connect({boost::asio::ip::make_address(address.host), address.port}, ec);
  CHECK(ec == boost::asio::error::connection_refused);
}

TEST_CASE("stopping lets an answer under way finish", "[http]") {
  Loopback loop(flood_router());
  Client client(loop, kReadableBuffer);
  client.send(get("/flood"));
  loop.pump_until([&] { return loop.server->stats().answers[200] == 1; });
  bool stopped = false;
  boost::asio::co_spawn(loop.io, loop.server->stop(kPatience), Loopback::Stopped{&stopped});
  for (int i = 0; i < 10; ++i) loop.io.poll();
  CHECK_FALSE(stopped);  // it waits for the client, who has not begun to read
  CHECK(loop.server->stats().connections == 1);
  const auto answer = client.receive();
  CHECK(answer.body().size() == (32u << 20) + 1);
  loop.pump_until([&] { return stopped; });
  CHECK(loop.server->stats().connections == 0);
}

TEST_CASE("stopping cuts off an answer that takes longer than the limit", "[http]") {
  Loopback loop(flood_router());
  Client client(loop, 4096);
  client.send(get("/flood"));
  loop.pump_until([&] { return loop.server->stats().answers[200] == 1; });
  loop.stop(milliseconds(50));
  CHECK(loop.server->stats().connections == 0);
  CHECK_THROWS(client.receive());
}

TEST_CASE("destroying the server without stopping it closes everything", "[http]") {
  Loopback loop(flood_router());
  Client busy(loop, 4096), idle(loop);
  busy.send(get("/flood"));
  loop.pump_until([&] { return loop.server->stats().connections == 2; });
  loop.server.reset();
  CHECK(idle.is_closed_by_server());
  CHECK_THROWS(busy.receive());
}

TEST_CASE("an io_context that ends before the server's coroutines do leaks nothing", "[http]") {
  auto loop = std::make_unique<Loopback>(sample_router());
  Client client(*loop);
  client.send("GET /small");
  wait_for_connections(*loop, 1);
  client.close();
  loop.reset();  // the sanitizers judge
  SUCCEED();
}
