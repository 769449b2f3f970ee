#include "client_fixture.hpp"
#include "temp_dir.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>
#include <vector>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;

const std::string kOk = answer("200 OK", "fine");

Errc code_of(const Result<int>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

}  // namespace

TEST_CASE_METHOD(ClientFixture, "a request names the product and the host and asks for plain JSON", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk), hold()}});
  ClusterConfig config = config_for(server);
  config.base_path = "/k8s/clusters/c-1";
  config.token = "t0ken";
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection, "/api/v1/pods?watch=1").value() == 200);
  CHECK(body == "fine");
  CHECK(server.requests.at(0) ==
        "GET /k8s/clusters/c-1/api/v1/pods?watch=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nUser-Agent: snaptrail/0.1.0\r\nAccept: application/json\r\n"
            "Authorization: Bearer t0ken\r\n\r\n");
}

TEST_CASE_METHOD(ClientFixture, "a request may ask for other media types", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  const auto sink = [](std::string_view) { return true; };
  REQUIRE(run(connection.get("/api", patient(), sink, "application/json;as=Table,application/json")).value() == 200);
  CHECK_THAT(server.requests.at(0), ContainsSubstring("\r\nAccept: application/json;as=Table,application/json\r\n"));
}

TEST_CASE_METHOD(ClientFixture, "a review is posted with its length and answered in memory", "[client]") {
  // The scripted server reads up to the blank line; the body comes in front of the next request.
  ScriptedServer server(context, {{expect(), send(answer("201 Created", R"({"status":{"allowed":true}})")), hold()}});
  Connection connection = connection_to(config_for(server));
  const auto answered =
      run(connection.review("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", R"({"spec":{}})", patient()));
  REQUIRE(answered.has_value());
  CHECK(answered.value() == R"({"status":{"allowed":true}})");
  CHECK(server.requests.at(0) ==
        "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews HTTP/1.1\r\nHost: 127.0.0.1:" +
            std::to_string(server.port()) +
            "\r\nUser-Agent: snaptrail/0.1.0\r\nAccept: application/json\r\n"
            "Content-Type: application/json\r\nContent-Length: 11\r\n\r\n");
}

TEST_CASE_METHOD(ClientFixture, "a review that is refused says what was asked for", "[client]") {
  ScriptedServer server(context, {{expect(), send(answer("403 Forbidden", "no")), hold()}});
  Connection connection = connection_to(config_for(server));
  const auto answered = run(connection.review("/apis/reviews", "{}", patient()));
  REQUIRE_FALSE(answered.has_value());
  CHECK(answered.error().code == Errc::forbidden);
  CHECK_THAT(answered.error().message, ContainsSubstring("POST /apis/reviews"));
}

TEST_CASE_METHOD(ClientFixture, "calls one after the other share a connection", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk), expect(), send(chunked_head() + chunk("a") + kLastChunk),
                                   expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(body == "a");
  REQUIRE(fetch(connection).value() == 200);
  CHECK(server.accepted == 1);
  CHECK(server.requests.size() == 3);
}

TEST_CASE_METHOD(ClientFixture, "a kept-alive connection that has died is replaced without a word", "[client]") {
  const bool reset_by_peer = GENERATE_COPY(false, true);
  ScriptedServer server(context, {{expect(), send(kOk), reset_by_peer ? reset() : close()},
                                  {expect(), send(answer("200 OK", "again")), hold()}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(body == "again");
  CHECK(server.accepted == 2);
}

TEST_CASE_METHOD(ClientFixture, "a dead connection is replaced only once", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk), close()}, {expect(), close()}, {expect(), send(kOk)}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  CHECK(code_of(fetch(connection)) == Errc::disconnected);
  CHECK(server.accepted == 2);
  CHECK(fetch(connection).value() == 200);
}

TEST_CASE_METHOD(ClientFixture, "a kept-alive connection that is cut in mid-answer is not asked again", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk), expect(), send("HTTP/1.1 200 OK\r\nContent-Le"), close()},
                                  {expect(), send(kOk)}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  CHECK(code_of(fetch(connection)) == Errc::disconnected);
  CHECK(server.accepted == 1);
}

TEST_CASE_METHOD(ClientFixture, "Connection: close is obeyed", "[client]") {
  ScriptedServer server(context, {{expect(), send(answer("200 OK", "x", "Connection: close\r\n")), hold()},
                                  {expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(server.accepted == 2);
}

TEST_CASE_METHOD(ClientFixture, "a stream in chunks arrives whole however it is cut", "[client]") {
  const std::string event = "{\"type\":\"ADDED\",\"object\":{}}\n";
  const std::string stream = chunked_head() + chunk(event.substr(0, 5)) + chunk(event.substr(5) + event) + kLastChunk;
  ScriptedServer server(context, {{expect(), send_each_byte(stream), hold()}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  CHECK(body == event + event);
}

TEST_CASE_METHOD(ClientFixture, "megabytes in one answer arrive whole", "[client]") {
  std::string large(3u << 20, 'x');
  for (std::size_t i = 0; i < large.size(); i += 101) large[i] = static_cast<char>('a' + i % 26);
  ScriptedServer server(context, {{expect(), send(chunked_head() + chunk(large) + chunk(large) + kLastChunk), hold()}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  CHECK((body == large + large));
}

TEST_CASE_METHOD(ClientFixture, "a stream without its last chunk is a disconnection", "[client]") {
  const bool reset_by_peer = GENERATE_COPY(false, true);
  ScriptedServer server(context,
                        {{expect(), send(chunked_head() + chunk("half a line")), reset_by_peer ? reset() : close()}});
  Connection connection = connection_to(config_for(server));
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::disconnected);
  CHECK_THAT(result.error().message, ContainsSubstring("in mid-answer"));
}

TEST_CASE_METHOD(ClientFixture, "a connection closed before the answer is a disconnection", "[client]") {
  ScriptedServer server(context, {{expect(), close()}});
  Connection connection = connection_to(config_for(server));
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::disconnected);
  CHECK_THAT(result.error().message, ContainsSubstring("GET /api/v1/things at http://127.0.0.1:"));
  CHECK_THAT(result.error().message, ContainsSubstring("before it answered"));
}

TEST_CASE_METHOD(ClientFixture, "an answer without a length ends with the connection", "[client]") {
  ScriptedServer server(context, {{expect(), send("HTTP/1.0 200 OK\r\n\r\nold"), close()}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  CHECK(body == "old");
}

TEST_CASE_METHOD(ClientFixture, "403 with a Status keeps the connection and says what is forbidden", "[client]") {
  const std::string status = R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"volumesnapshots is )"
                             R"(forbidden: User \"u\" cannot list","reason":"Forbidden","code":403})";
  ScriptedServer server(context, {{expect(), send(answer("403 Forbidden", status)), expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::forbidden);
  CHECK(result.error().http_status == 403);
  CHECK(result.error().reason == "Forbidden");
  CHECK_THAT(result.error().message, ContainsSubstring("User \"u\" cannot list"));
  CHECK(body.empty());
  CHECK(fetch(connection).value() == 200);
  CHECK(server.accepted == 1);
}

TEST_CASE_METHOD(ClientFixture, "404 in plain text is told from a Status", "[client]") {
  ScriptedServer server(context, {{expect(), send(answer("404 Not Found", "404 page not found\n")), hold()}});
  Connection connection = connection_to(config_for(server));
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::not_found);
  CHECK(result.error().reason.empty());
  CHECK(result.error().server_message == "404 page not found");
}

TEST_CASE_METHOD(ClientFixture, "503 says when to come back", "[client]") {
  ScriptedServer server(context,
                        {{expect(), send(answer("503 Service Unavailable", "", "Retry-After: 7\r\n")), hold()}});
  Connection connection = connection_to(config_for(server));
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::unavailable);
  CHECK(result.error().retry_after == std::chrono::seconds(7));
}

TEST_CASE_METHOD(ClientFixture, "an error page without end is read no further than needed", "[client]") {
  ScriptedServer server(context,
                        {{expect(), send("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>"), flood(std::string(9000, 'x'))},
                         {expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  CHECK(code_of(fetch(connection)) == Errc::server_error);
  CHECK(fetch(connection).value() == 200);
  CHECK(server.accepted == 2);
}

TEST_CASE_METHOD(ClientFixture, "an error whose body is cut off is still that error", "[client]") {
  ScriptedServer server(context,
                        {{expect(), send("HTTP/1.1 410 Gone\r\nContent-Length: 500\r\n\r\n{\"kind\""), close()}});
  Connection connection = connection_to(config_for(server));
  CHECK(code_of(fetch(connection)) == Errc::gone);
}

TEST_CASE_METHOD(ClientFixture, "401 makes a token file be read again and the request be sent once more", "[client]") {
  TempDir folder;
  ClusterConfig config;
  const std::string refused = answer("401 Unauthorized", "Unauthorized");
  ScriptedServer server(context, {{expect(), send(refused), expect(), send(kOk), hold()}});
  config = config_for(server);
  config.token_file = folder.write("token", "old\n");
  server.on_request = [&] { folder.write("token", "new\n"); };
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection).value() == 200);
  REQUIRE(server.requests.size() == 2);
  CHECK_THAT(server.requests[0], ContainsSubstring("Bearer old\r\n"));
  CHECK_THAT(server.requests[1], ContainsSubstring("Bearer new\r\n"));
}

TEST_CASE_METHOD(ClientFixture, "a token that stays refused is an error that names the context", "[client]") {
  TempDir folder;
  const std::string refused = answer("401 Unauthorized", "");
  ScriptedServer server(context, {{expect(), send(refused), expect(), send(refused), hold()}});
  ClusterConfig config = config_for(server);
  config.token_file = folder.write("token", "s3cret");
  Connection connection = connection_to(config);
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::unauthorized);
  CHECK(server.requests.size() == 2);
  CHECK_THAT(result.error().message, ContainsSubstring("context here"));
  CHECK_THAT(result.error().message, !ContainsSubstring("s3cret"));
}

TEST_CASE_METHOD(ClientFixture, "a fixed token that is refused is not tried again", "[client]") {
  ScriptedServer server(context, {{expect(), send(answer("401 Unauthorized", "")), hold()}});
  ClusterConfig config = config_for(server);
  config.token = "fixed";
  Connection connection = connection_to(config);
  CHECK(code_of(fetch(connection)) == Errc::unauthorized);
  CHECK(server.requests.size() == 1);
}

TEST_CASE_METHOD(ClientFixture, "a sink that wants no more ends the call and the connection", "[client]") {
  ScriptedServer server(
      context, {{expect(), send(chunked_head() + chunk("one")), flood(chunk("more"))}, {expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  int pieces = 0;
  const auto result = run(connection.get("/w", patient(), [&](std::string_view) { return ++pieces < 3; }));
  CHECK(code_of(result) == Errc::cancelled);
  CHECK(pieces == 3);
  CHECK(fetch(connection).value() == 200);
}

TEST_CASE_METHOD(ClientFixture, "what a sink throws comes out of the call, and the next one works", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk), hold()}, {expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  const BodySink sink = [](std::string_view) -> bool { throw std::runtime_error("disk full"); };
  CHECK_THROWS_WITH(run(connection.get("/w", patient(), sink)), "disk full");
  CHECK(fetch(connection).value() == 200);
  CHECK(server.accepted == 2);
}

TEST_CASE_METHOD(ClientFixture, "what is no HTTP answer is a protocol error", "[client]") {
  const std::string bytes = GENERATE(
      as<std::string>(), "SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01\x00\x02\x02\x46",
      "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "HTTP/1.1 200 OK\r\nbroken field\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
  ScriptedServer server(context, {{expect(), send(bytes), hold()}});
  Connection connection = connection_to(config_for(server));
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::protocol);
  CHECK_THAT(result.error().message, ContainsSubstring("this is no answer of an API server"));
  CHECK(body.empty());
}

TEST_CASE_METHOD(ClientFixture, "a head or a chunk's header beyond 64 KiB is a protocol error", "[client]") {
  const std::string start = GENERATE(
      as<std::string>(), "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=");
  ScriptedServer server(context, {{expect(), send(start), flood(std::string(7000, 'y'))}});
  Connection connection = connection_to(config_for(server));
  CHECK(code_of(fetch(connection)) == Errc::protocol);
}

TEST_CASE_METHOD(ClientFixture, "a refused connection says how to find out why", "[client]") {
  ScriptedServer server(context, {});
  Connection connection = connection_to(config_for(server));
  server.stop();
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::unreachable);
  CHECK_THAT(result.error().message, ContainsSubstring("Connection refused; check that the API server runs"));
}

TEST_CASE_METHOD(ClientFixture, "a name that can't be resolved is unreachable and named", "[client]") {
  ScriptedServer server(context, {});
  ClusterConfig config = config_for(server);
  config.host = std::string(70, 'x') + ".invalid";  // a label of more than 63 octets never gets to a DNS server
  Connection connection = connection_to(config);
  const auto result = fetch(connection);
  CHECK(code_of(result) == Errc::unreachable);
  CHECK_THAT(result.error().message, ContainsSubstring(config.host + " can't be resolved"));
}

TEST_CASE_METHOD(ClientFixture, "a name is resolved and every address of it tried", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk), hold()}});
  ClusterConfig config = config_for(server);
  config.host = "localhost";  // may be ::1 first, where nobody listens
  Connection connection = connection_to(config);
  CHECK(fetch(connection).value() == 200);
}

TEST_CASE_METHOD(ClientFixture, "a target that could break out of the request line is refused unsent", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk)}});
  Connection connection = connection_to(config_for(server));
  const std::string target = GENERATE(as<std::string>(), "", "api", "/a b", "/a\r\nX: y");
  CHECK(code_of(fetch(connection, target)) == Errc::bad_request);
  CHECK(server.accepted == 0);
}

TEST_CASE_METHOD(ClientFixture, "get_text returns a document, and refuses one that is too large", "[client]") {
  ScriptedServer server(context, {{expect(), send(kOk), expect(), send(kOk), hold()}, {expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  CHECK(run(connection.get_text("/version", patient(), 4)).value() == "fine");
  const auto refused = run(connection.get_text("/version", patient(), 3));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::protocol);
  CHECK_THAT(refused.error().message, ContainsSubstring("it exceeds 3 bytes"));
  CHECK(run(connection.get_text("/version", patient())).value() == "fine");
}

}  // namespace snaptrail::kube::test
