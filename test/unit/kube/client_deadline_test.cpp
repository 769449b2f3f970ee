#include "client_fixture.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <chrono>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using std::chrono::milliseconds;

constexpr milliseconds kShort{30};
const std::string kOk = answer("200 OK", "fine");

void check_timed_out(const Result<int>& result, const std::string& words) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::timed_out);
  CHECK(result.error().http_status == 0);
  CHECK_THAT(result.error().message, ContainsSubstring(words));
}

void check_cancelled(const Result<int>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::cancelled);
}

}  // namespace

TEST_CASE_METHOD(ClientFixture, "a TLS handshake that never ends runs into the connect limit", "[client][deadline]") {
  ScriptedServer server(context, {{hold()}, {hold()}});
  Connection connection = connection_to(config_for(server, "https"));
  Limits limits = patient();
  limits.connect = kShort;
  check_timed_out(fetch(connection, "/x", limits), "no connection within 30 ms");
}

TEST_CASE_METHOD(ClientFixture, "an answer that never comes runs into the head limit", "[client][deadline]") {
  const std::string begun = GENERATE(as<std::string>(), "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n");
  ScriptedServer server(context, {{expect(), send(begun), hold()}, {expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  Limits limits = patient();
  limits.head = kShort;
  check_timed_out(fetch(connection, "/x", limits), "no answer within 30 ms");
  CHECK(fetch(connection).value() == 200);
  CHECK(server.accepted == 2);
}

TEST_CASE_METHOD(ClientFixture, "a body that falls silent runs into the idle limit", "[client][deadline]") {
  ScriptedServer server(context, {{expect(), send(chunked_head() + chunk("some")), hold()}});
  Connection connection = connection_to(config_for(server));
  Limits limits = patient();
  limits.idle = kShort;
  check_timed_out(fetch(connection, "/x", limits), "nothing more came for 30 ms");
  CHECK(body == "some");
}

TEST_CASE_METHOD(ClientFixture, "a body that never ends runs into the total limit", "[client][deadline]") {
  ScriptedServer server(context, {{expect(), send(chunked_head()), flood(chunk("on and on"))}});
  Connection connection = connection_to(config_for(server));
  Limits limits = patient();
  limits.total = kShort;
  check_timed_out(fetch(connection, "/x", limits), "the call took longer than 30 ms");
  CHECK_FALSE(body.empty());
}

TEST_CASE_METHOD(ClientFixture, "an error whose body falls silent is still that error", "[client][deadline]") {
  ScriptedServer server(context, {{expect(), send("HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nno"), hold()}});
  Connection connection = connection_to(config_for(server));
  Limits limits = patient();
  limits.idle = kShort;
  const auto result = fetch(connection, "/x", limits);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::forbidden);
  CHECK(result.error().server_message == "no");
}

TEST_CASE_METHOD(ClientFixture, "limits out of all range are taken for long ones", "[client][deadline]") {
  ScriptedServer server(context, {{expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_for(server));
  const Limits limits{milliseconds::max(), milliseconds::max(), milliseconds::max(), milliseconds::max()};
  CHECK(fetch(connection, "/x", limits).value() == 200);
}

TEST_CASE_METHOD(ClientFixture, "a finished call leaves no timer behind", "[client][deadline]") {
  ScriptedServer server(context, {{expect(), send(kOk), close()}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  const auto begun = std::chrono::steady_clock::now();
  context.restart();
  context.run();  // returns once nothing is left to wait for
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
}

TEST_CASE_METHOD(ClientFixture, "a cancelled call says so wherever it was", "[client][cancel]") {
  SECTION("in the TLS handshake") {
    ScriptedServer server(context, {{hold()}});
    server.on_accept = [&] { cancel_soon(); };
    Connection connection = connection_to(config_for(server, "https"));
    check_cancelled(fetch(connection));
  }
  SECTION("before the head") {
    ScriptedServer server(context, {{expect(), hold()}});
    server.on_request = [&] { cancel_soon(); };
    Connection connection = connection_to(config_for(server));
    check_cancelled(fetch(connection));
  }
  SECTION("in mid-stream, and the connection is not used again") {
    ScriptedServer server(context,
                          {{expect(), send(chunked_head() + chunk("some")), hold()}, {expect(), send(kOk), hold()}});
    Connection connection = connection_to(config_for(server));
    check_cancelled(run(connection.get("/w", patient(), [&](std::string_view) {
      cancel_soon();
      return true;
    })));
    CHECK(fetch(connection).value() == 200);
    CHECK(server.accepted == 2);
  }
  SECTION("in a stream that always has more") {
    ScriptedServer server(context, {{expect(), send(chunked_head()), flood(chunk("more"))}});
    server.on_request = [&] { cancel_soon(); };
    Connection connection = connection_to(config_for(server));
    check_cancelled(fetch(connection));
  }
  SECTION("while pieces of a busy stream are let gather") {
    ScriptedServer server(context, {{expect(), send(chunked_head()), trickle(chunk("more")), hold()}});
    Connection connection = connection_to(config_for(server));
    Limits limits = patient();
    limits.idle = std::chrono::hours(1);  // nothing but the cancellation ends the call
    std::size_t bytes = 0;
    check_cancelled(run(connection.get("/w", limits, [&](std::string_view piece) {
      bytes += piece.size();
      if (bytes == 4 * kTrickled) cancel_soon();
      return true;
    })));
  }
  SECTION("while a name is looked up") {
    ScriptedServer server(context, {});
    ClusterConfig config = config_for(server);
    config.host = "localhost";
    boost::asio::post(context, [this] { cancel_soon(); });  // after the call has begun
    Connection connection = connection_to(config);
    check_cancelled(fetch(connection));
  }
}

}  // namespace snaptrail::kube::test
