#include "serving/http_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "loopback.hpp"
#include "serving/page_assets.hpp"

using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

TEST_CASE("one connection answers one request after the other", "[http]") {
  Loopback loop(sample_router());
  Client client(loop);
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(get("/echo?q=" + std::to_string(i)));
    CHECK(answer.result_int() == 200);
    CHECK(answer.body() == std::to_string(i) + "\n");
    CHECK(answer.keep_alive());
  }
  CHECK(loop.server->stats().answers.at(200) == 3);
  CHECK(loop.server->stats().connections == 1);
}

TEST_CASE("pipelined requests are answered in their order", "[http]") {
  Loopback loop(sample_router());
  Client client(loop);
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/echo?q=" + std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 50; ++i) CHECK(client.receive().body() == std::to_string(i) + "\n");
}

TEST_CASE("every answer has the security headers, a date and no caching", "[http]") {
  Loopback loop(sample_router());
  for (const char* path : {"/small", "/nowhere", "/throws"}) {
    CAPTURE(path);
    const auto answer = Client(loop).ask(get(path));
    CHECK(answer["X-Content-Type-Options"] == "nosniff");
    CHECK(answer["Referrer-Policy"] == "no-referrer");
    CHECK(answer["X-Frame-Options"] == "DENY");
    CHECK(answer["Cache-Control"] == "no-store");
    CHECK(answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'");
    CHECK(answer["Date"].ends_with(" GMT"));
    CHECK(answer["Content-Type"] == "text/plain; charset=utf-8");
  }
}

TEST_CASE("a handler's own headers win over the standard ones", "[http]") {
  Router router;
  router.add("/", [](const Request&) {
    Response response = text_response(200, "x");
    response.headers = {{"Cache-Control", "max-age=5"}, {"Content-Security-Policy", "default-src 'self'"}};
    return response;
  });
  Loopback loop(std::move(router));
  const auto answer = Client(loop).ask(get("/"));
  CHECK(answer["Cache-Control"] == "max-age=5");
  CHECK(answer["Content-Security-Policy"] == "default-src 'self'");
}

TEST_CASE("HEAD has the headers of GET and no body", "[http]") {
  Loopback loop(sample_router());
  Client client(loop);
  for (const char* encoding : {"", "Accept-Encoding: gzip\r\n"}) {
    const auto full = client.ask(get("/large", encoding));
    client.send("HEAD /large HTTP/1.1\r\nHost: test\r\n" + std::string(encoding) + "\r\n");
    const auto head = client.receive(true);
    CHECK(head.result_int() == 200);
    CHECK(head["Content-Length"] == full["Content-Length"]);
    CHECK(head["Content-Encoding"] == full["Content-Encoding"]);
  }
  // The connection is where it should be: the next answer is not taken for a body.
  CHECK(client.ask(get("/small")).body() == "small\n");
}

TEST_CASE("a body is compressed for who takes gzip, if that is worth it", "[http]") {
  Loopback loop(sample_router());
  Client client(loop);
  const auto packed = client.ask(get("/large", "Accept-Encoding: deflate, gzip;q=0.8\r\n"));
  CHECK(packed["Content-Encoding"] == "gzip");
  CHECK(packed["Vary"] == "Accept-Encoding");
  CHECK(packed.body().size() < 10'000);
  CHECK(packed.body().starts_with("\x1f\x8b"));
  const auto plain = client.ask(get("/large"));
  CHECK(plain["Content-Encoding"].empty());
  CHECK(plain["Vary"] == "Accept-Encoding");
  CHECK(plain.body().size() == (1 << 20) + 1);
  CHECK(client.ask(get("/small", "Accept-Encoding: gzip\r\n"))["Content-Encoding"].empty());
}

TEST_CASE("what has not changed says nothing of a body's length, and varies as the body does", "[http]") {
  Router router = sample_router();
  add_page(router);
  Loopback loop(std::move(router));
  Client client(loop);
  const auto page = client.ask(get("/"));
  REQUIRE(page.result_int() == 200);
  const auto same = client.ask(get("/", "If-None-Match: " + std::string(page["ETag"]) + "\r\n"));
  CHECK(same.result_int() == 304);
  CHECK(same.count("Content-Length") == 0);
  CHECK(same.count("Transfer-Encoding") == 0);
  CHECK(same["Vary"] == page["Vary"]);
  CHECK(same["ETag"] == page["ETag"]);
  CHECK(same.keep_alive());
  CHECK(client.ask(get("/small")).body() == "small\n");
}

TEST_CASE("what was compressed before is sent as it is, to who takes it", "[http]") {
  Router router;
  router.add("/", [](const Request&) {
    Response response;
    response.body = std::string(10'000, 'x');
    response.packed = "made before";
    return response;
  });
  Loopback loop(std::move(router));
  Client client(loop);
  const auto packed = client.ask(get("/", "Accept-Encoding: gzip\r\n"));
  CHECK(packed["Content-Encoding"] == "gzip");
  CHECK(packed.body() == "made before");
  CHECK(client.ask(get("/")).body() == std::string(10'000, 'x'));
}

TEST_CASE("HTTP/1.0 and Connection: close end the connection after the answer", "[http]") {
  Loopback loop(sample_router());
  Client old(loop);
  CHECK(old.ask("GET /small HTTP/1.0\r\n\r\n").body() == "small\n");
  CHECK(old.is_closed_by_server());
  Client polite(loop);
  CHECK_FALSE(polite.ask(get("/small", "Connection: close\r\n")).keep_alive());
  CHECK(polite.is_closed_by_server());
}

TEST_CASE("an answer that is found elsewhere is sent when it comes", "[http]") {
  Router router;
  Reply later;
  router.add_deferred("/", [&later](const Request&, Reply reply) { later = std::move(reply); });
  Loopback loop(std::move(router));
  Client client(loop);
  client.send(get("/"));
  loop.pump_until([&later] { return later != nullptr; });
  later(text_response(200, "found"));
  later(text_response(200, "once more"));
  CHECK(client.receive().body() == "found\n");
}

TEST_CASE("an answer that does not come in time is a 504, and a late one changes nothing", "[http]") {
  Router router;
  std::vector<Reply> late;
  router.add_deferred("/", [&late](const Request&, Reply reply) { late.push_back(std::move(reply)); });
  router.add("/now", [](const Request&) { return text_response(200, "now"); });
  HttpOptions options;
  options.answer_timeout = std::chrono::milliseconds(1);
  Loopback loop(std::move(router), options);
  Client client(loop);
  CHECK(client.ask(get("/")).result_int() == 504);
  REQUIRE(late.size() == 1);
  late[0](text_response(200, "late"));
  CHECK(client.ask(get("/now")).body() == "now\n");
}

TEST_CASE("a handler that throws is a 500, counted and told, and the connection goes on", "[http]") {
  std::string told;
  HttpOptions options;
  options.on_handler_error = [&told](std::string_view path, std::string_view what) {
    told = std::string(path) + ": " + std::string(what);
  };
  Loopback loop(sample_router(), options);
  Client client(loop);
  const auto answer = client.ask(get("/throws"));
  CHECK(answer.result_int() == 500);
  CHECK(answer.body().find("secret") == std::string::npos);
  CHECK(told == "/throws: secret detail");
  CHECK(loop.server->stats().handler_exceptions == 1);
  CHECK(client.ask(get("/small")).result_int() == 200);
}

TEST_CASE("all of IPv6 includes IPv4, and the loopback of IPv6 works alone", "[http]") {
  Loopback all(sample_router(), {}, "[::]:0");
  CHECK(all.server->local_endpoint().host == "::");
  CHECK(Client(all).ask(get("/small")).result_int() == 200);
  Loopback six(sample_router(), {}, "[::1]:0");
  CHECK(Client(six).ask(get("/small")).result_int() == 200);
}

TEST_CASE("an address in use says which and what to do", "[http]") {
  Loopback loop(sample_router());
  HttpServer second(loop.io.get_executor(), Router{});
  try {
    second.listen(loop.server->local_endpoint());
    FAIL("listening twice");
  } catch (const ServeError& error) {
    CHECK(error.code() == ServeErrc::address_in_use);
    const std::string what = error.what();
    CHECK(what.find(loop.server->local_endpoint().str()) != std::string::npos);
    CHECK(what.find("choose another port") != std::string::npos);
  }
}

TEST_CASE("an address of no interface is refused as such", "[http]") {
  boost::asio::io_context io;
  HttpServer server(io.get_executor(), Router{});
  try {
    server.listen({"192.0.2.1", 0});
    FAIL("listening elsewhere");
  } catch (const ServeError& error) {
    CHECK(error.code() == ServeErrc::not_available);
  }
}
