#include "certificates.hpp"
#include "client_fixture.hpp"
#include "forward_proxy.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>
#include <utility>
#include <vector>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

const std::string kOk = answer("200 OK", "fine");

/// A cluster with a CA, named kube.example, which no name server knows: only the proxy can reach it.
struct ProxyFixture : ClientFixture {
  Identity ca = make_ca("Cluster CA");
  Identity identity = issue(ca, {.alternative_names = "DNS:kube.example"});

  ClusterConfig through(const ForwardProxy& proxy, const ScriptedServer& server, Proxy::Kind kind = Proxy::Kind::http) {
    ClusterConfig config = config_for(server, "https");
    config.host = "kube.example";
    config.ca_pem = ca.cert_pem;
    config.token = "t0ken";
    config.proxy.emplace();
    config.proxy->kind = kind;
    config.proxy->host = "127.0.0.1";
    config.proxy->port = proxy.port();
    config.proxy->origin = "proxy-url";
    return config;
  }

  Error fail_with(ClusterConfig config, Limits limits = patient()) {
    Connection connection = connection_to(std::move(config));
    const auto result = fetch(connection, "/api", limits);
    REQUIRE_FALSE(result.has_value());
    return result.error();
  }
};

}  // namespace

TEST_CASE_METHOD(ProxyFixture, "a server is reached through a proxy's tunnel, with TLS to the server",
                 "[client][proxy]") {
  ForwardProxy proxy(context);
  ScriptedServer server(context, {{expect(), send(kOk), expect(), send(kOk), hold()}}, identity);
  ClusterConfig config = through(proxy, server);
  config.proxy->user = "me";
  config.proxy->password = "pw";
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection).value() == 200);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(body == "fine");
  CHECK(server.server_names == std::vector<std::string>{"kube.example"});
  CHECK_THAT(server.requests.at(0),
             ContainsSubstring("Authorization: Bearer t0ken\r\n") && !ContainsSubstring("Proxy-Authorization"));
  REQUIRE(proxy.requests.size() == 1);
  CHECK_THAT(proxy.requests[0], StartsWith("CONNECT kube.example:" + std::to_string(server.port()) + " HTTP/1.1\r\n") &&
                                    ContainsSubstring("Proxy-Authorization: Basic bWU6cHc=\r\n") &&
                                    !ContainsSubstring("t0ken"));
}

TEST_CASE_METHOD(ProxyFixture, "TLS with an https proxy carries TLS with the server", "[client][proxy]") {
  ForwardProxy proxy(context, issue(ca, {}));
  ScriptedServer server(
      context, {{expect(), send(chunked_head() + chunk(std::string(100'000, 'x')) + kLastChunk), hold()}}, identity);
  Connection connection = connection_to(through(proxy, server, Proxy::Kind::https));
  REQUIRE(fetch(connection).value() == 200);
  CHECK(body.size() == 100'000);
  CHECK(proxy.requests.size() == 1);
}

TEST_CASE_METHOD(ProxyFixture, "an https proxy that is not trusted is not told anything", "[client][proxy]") {
  ForwardProxy proxy(context, issue(make_ca("Other CA"), {}));
  ScriptedServer server(context, {}, identity);
  const Error error = fail_with(through(proxy, server, Proxy::Kind::https));
  CHECK(error.code == Errc::proxy);
  CHECK_THAT(error.message, ContainsSubstring("no TLS with the proxy https://127.0.0.1:") &&
                                ContainsSubstring("issued by CN=Other CA, is not trusted by the system's CAs nor by"));
  CHECK(proxy.requests.empty());
}

TEST_CASE_METHOD(ProxyFixture, "a proxy's refusal is an error of the proxy that says what to do", "[client][proxy]") {
  ForwardProxy proxy(context);
  ScriptedServer server(context, {}, identity);
  ClusterConfig config = through(proxy, server);
  config.proxy->user = "me";
  config.proxy->password = "s3cret";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"407 Proxy Authentication Required", "HTTP 407; put the right user and password into its URL"},
      {"403 Forbidden", "HTTP 403; its rules must allow CONNECT"},
      {"502 Bad Gateway", "HTTP 502; it can't reach the API server"}};
  for (const auto& [status, words] : cases) {
    proxy.refusal = "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n";
    const Error error = fail_with(config);
    CHECK(error.code == Errc::proxy);
    CHECK_THAT(error.message, ContainsSubstring("the proxy http://127.0.0.1:" + std::to_string(proxy.port()) +
                                                " (proxy-url): " + words) &&
                                  !ContainsSubstring("s3cret"));
  }
  CHECK(server.accepted == 0);
}

TEST_CASE_METHOD(ProxyFixture, "a proxy that is gone, silent or none is an error of the proxy", "[client][proxy]") {
  ScriptedServer server(context, {{expect(), close()}}, identity);
  SECTION("gone") {
    ClusterConfig config = through(ForwardProxy(context), server);
    const Error error = fail_with(config);
    CHECK(error.code == Errc::proxy);
    CHECK_THAT(error.message, ContainsSubstring("can't connect to it: Connection refused"));
  }
  SECTION("silent") {
    ForwardProxy proxy(context);
    proxy.silent = true;
    Limits limits = patient();
    limits.connect = std::chrono::milliseconds(200);
    const Error error = fail_with(through(proxy, server), limits);
    CHECK(error.code == Errc::proxy);
    CHECK_THAT(error.message, ContainsSubstring("does not answer in time"));
  }
  SECTION("closing") {
    ForwardProxy proxy(context);
    ClusterConfig config = through(proxy, server);
    config.port = 1;  // where nobody listens
    CHECK_THAT(fail_with(config).message, ContainsSubstring("it closed the connection"));
  }
  SECTION("none") {
    ForwardProxy proxy(context);
    proxy.refusal = "SSH-2.0-OpenSSH_9.2\r\n";
    CHECK_THAT(fail_with(through(proxy, server)).message, ContainsSubstring("does not answer as an HTTP proxy does"));
  }
}

TEST_CASE_METHOD(ProxyFixture, "the whole call's limit and a cancellation end a wait for a proxy", "[client][proxy]") {
  ForwardProxy proxy(context);
  proxy.silent = true;
  ScriptedServer server(context, {}, identity);
  SECTION("limit") {
    Limits limits = patient();
    limits.total = std::chrono::milliseconds(200);
    CHECK(fail_with(through(proxy, server), limits).code == Errc::timed_out);
  }
  SECTION("cancellation") {
    proxy.on_request = [this] { cancel_soon(); };
    CHECK(fail_with(through(proxy, server)).code == Errc::cancelled);
  }
}

TEST_CASE_METHOD(ProxyFixture, "plain HTTP through a proxy names the whole URL, and its 407 is the proxy's",
                 "[client][proxy]") {
  ScriptedServer server(context, {{expect(), send(kOk), expect(), send(answer("407 Who are you", "")), hold()}});
  ClusterConfig config = config_for(server);
  config.host = "kube.example";
  config.proxy.emplace();
  config.proxy->host = "127.0.0.1";
  config.proxy->port = server.port();
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection, "/api").value() == 200);
  CHECK_THAT(server.requests.at(0), StartsWith("GET http://kube.example:"));
  const auto refused = fetch(connection, "/api");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::proxy);
}

}  // namespace snaptrail::kube::test
