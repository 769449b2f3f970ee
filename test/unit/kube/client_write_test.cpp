#include "client_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace snaptrail::kube::test {

TEST_CASE_METHOD(ClientFixture, "a write sends its method, type and length, and then its body", "[client]") {
  ScriptedServer server(context, {{expect(), send(answer("201 Created", R"({"status":{}})")), hold()}});
  ClusterConfig config = config_for(server);
  config.token = "t0ken";
  Connection connection = connection_to(config);
  const auto result =
      run(connection.send({"PATCH", "/api/v1/things/a", "{\"a\":1}", "application/merge-patch+json"}, patient()));
  REQUIRE(result.has_value());
  CHECK(*result == R"({"status":{}})");
  CHECK(server.requests.at(0) ==
        "PATCH /api/v1/things/a HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nUser-Agent: snaptrail/0.1.0\r\nAccept: application/json\r\n"
            "Content-Type: application/merge-patch+json\r\nContent-Length: 7\r\nAuthorization: Bearer t0ken\r\n\r\n");
}

TEST_CASE_METHOD(ClientFixture, "a write that is refused is an error that names its method", "[client]") {
  ScriptedServer server(
      context, {{expect(), send(answer("409 Conflict", R"({"kind":"Status","reason":"AlreadyExists"})")), hold()}});
  Connection connection = connection_to(config_for(server));
  const auto result = run(connection.send({"POST", "/api/v1/things", "{}"}, patient()));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::conflict);
  CHECK(result.error().reason == "AlreadyExists");
  CHECK(result.error().message.find("POST /api/v1/things") != std::string::npos);
}

TEST_CASE_METHOD(ClientFixture, "an answer to a write is bounded, and so is its time", "[client]") {
  ScriptedServer server(context,
                        {{expect(), send(answer("200 OK", std::string(100, 'x'))), hold()}, {expect(), hold()}});
  Connection connection = connection_to(config_for(server));
  CHECK(run(connection.send({"POST", "/a", "{}"}, patient(), 50)).error().code == Errc::protocol);
  Limits hasty = patient();
  hasty.total = std::chrono::milliseconds(100);
  CHECK(run(connection.send({"POST", "/a", "{}"}, hasty)).error().code == Errc::timed_out);
}

}  // namespace snaptrail::kube::test
