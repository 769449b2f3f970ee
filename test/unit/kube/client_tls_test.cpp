#include "certificates.hpp"
#include "client_fixture.hpp"
#include "temp_dir.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;

const std::string kOk = answer("200 OK", "fine");

/// A cluster whose CA is known.
struct TlsFixture : ClientFixture {
  Identity ca = make_ca("Cluster CA");

  ClusterConfig secure_config(const ScriptedServer& server) const {
    ClusterConfig config = config_for(server, "https");
    config.ca_pem = ca.cert_pem;
    return config;
  }

  Error fail_with(ScriptedServer& server, ClusterConfig config) {
    Connection connection = connection_to(std::move(config));
    const auto result = fetch(connection);
    REQUIRE_FALSE(result.has_value());
    CHECK(server.requests.empty());  // nothing, and no token, was sent
    return result.error();
  }
};

Script once() { return {expect(), send(kOk), close()}; }

}  // namespace

TEST_CASE_METHOD(TlsFixture, "an address in the certificate is verified, and no SNI is sent for it", "[client][tls]") {
  ScriptedServer server(context, {{expect(), send(kOk), expect(), send(kOk), hold()}}, issue(ca, {}));
  Connection connection = connection_to(secure_config(server));
  REQUIRE(fetch(connection).value() == 200);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(server.accepted == 1);
  CHECK(server.server_names == std::vector<std::string>{""});
}

TEST_CASE_METHOD(TlsFixture, "a name is verified and sent as SNI", "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {.alternative_names = "DNS:localhost"}));
  ClusterConfig config = secure_config(server);
  config.host = "localhost";
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(server.server_names == std::vector<std::string>{"localhost"});
}

TEST_CASE_METHOD(TlsFixture, "tls-server-name replaces the host in SNI and verification", "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {.alternative_names = "DNS:kube.example"}));
  ClusterConfig config = secure_config(server);
  config.tls_server_name = "kube.example";
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(server.server_names == std::vector<std::string>{"kube.example"});
  CHECK_THAT(server.requests.at(0), ContainsSubstring("Host: 127.0.0.1:"));
}

TEST_CASE_METHOD(TlsFixture, "a certificate for another name is refused with the names it is for", "[client][tls]") {
  ScriptedServer server(context, {once()},
                        issue(ca, {.common_name = "127.0.0.1", .alternative_names = "DNS:other.example,IP:10.0.0.1"}));
  const Error error = fail_with(server, secure_config(server));
  CHECK(error.code == Errc::tls);
  CHECK_THAT(error.message, ContainsSubstring("is for other.example, 10.0.0.1, not for 127.0.0.1"));
}

TEST_CASE_METHOD(TlsFixture, "the common name alone makes no certificate valid", "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {.common_name = "localhost", .alternative_names = ""}));
  ClusterConfig config = secure_config(server);
  config.host = "localhost";
  const Error error = fail_with(server, config);
  CHECK(error.code == Errc::tls);
  CHECK_THAT(error.message, ContainsSubstring("is for no name, not for localhost"));
}

TEST_CASE_METHOD(TlsFixture, "an expired certificate is refused with its dates", "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {.from_day = -10, .until_day = -5}));
  const Error error = fail_with(server, secure_config(server));
  CHECK(error.code == Errc::tls);
  CHECK_THAT(error.message, ContainsSubstring("CN=server has expired (valid from"));
}

TEST_CASE_METHOD(TlsFixture, "a certificate of the future is refused", "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {.from_day = 5, .until_day = 10}));
  CHECK_THAT(fail_with(server, secure_config(server)).message, ContainsSubstring("not yet valid"));
}

TEST_CASE_METHOD(TlsFixture, "a certificate of an unknown CA is refused, and the CA file is named", "[client][tls]") {
  TempDir folder;
  const Identity other = make_ca("Other CA");
  ScriptedServer server(context, {once()}, issue(other, {}));
  ClusterConfig config = secure_config(server);
  config.ca_file = folder.write("ca.crt", ca.cert_pem);
  const Error error = fail_with(server, config);
  CHECK(error.code == Errc::tls);
  CHECK_THAT(error.message, ContainsSubstring("issued by CN=Other CA, is not trusted by " + config.ca_file.string()));
}

TEST_CASE_METHOD(TlsFixture, "without a CA of its own a cluster is verified by the system's", "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {}));
  ClusterConfig config = secure_config(server);
  config.ca_pem.clear();
  CHECK_THAT(fail_with(server, config).message, ContainsSubstring("is not trusted by the system's CAs"));
}

TEST_CASE_METHOD(TlsFixture, "insecure-skip-tls-verify takes any certificate", "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(make_ca("Other CA"), {.alternative_names = "", .until_day = -1}));
  ClusterConfig config = secure_config(server);
  config.ca_pem.clear();
  config.insecure_skip_tls_verify = true;
  Connection connection = connection_to(config);
  CHECK(fetch(connection).value() == 200);
}

TEST_CASE_METHOD(TlsFixture, "the server's own certificate may stand as its CA", "[client][tls]") {
  const Identity identity = issue(ca, {});
  ScriptedServer server(context, {once()}, identity);
  ClusterConfig config = secure_config(server);
  config.ca_pem = identity.cert_pem;
  Connection connection = connection_to(config);
  CHECK(fetch(connection).value() == 200);
}

TEST_CASE_METHOD(TlsFixture, "a rotated CA file counts from the next connect on", "[client][tls]") {
  TempDir folder;
  const Identity next = make_ca("Next CA");
  ScriptedServer server(context, {once(), once(), once()}, issue(next, {}));
  ClusterConfig config = secure_config(server);
  config.ca_file = folder.write("ca.crt", ca.cert_pem);
  Connection connection = connection_to(config);
  REQUIRE_FALSE(fetch(connection).has_value());
  folder.write("ca.crt", next.cert_pem);
  REQUIRE(fetch(connection).value() == 200);
  folder.write("ca.crt", "");  // half written: the last good one stays in use
  CHECK(fetch(connection).value() == 200);
  CHECK(server.accepted == 3);
}

TEST_CASE_METHOD(TlsFixture, "the client's certificate is presented", "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {}));
  const Identity user = issue(ca, {.common_name = "admin"});
  ClusterConfig config = secure_config(server);
  config.client_cert_pem = user.cert_pem;
  config.client_key_pem = user.key_pem;
  server.client_ca = ca;
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(server.client_names == std::vector<std::string>{"admin"});
}

TEST_CASE_METHOD(TlsFixture, "a client certificate that the server refuses is a TLS error with that word",
                 "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {}));
  server.client_ca = ca;
  const Error error = fail_with(server, secure_config(server));  // presents none
  CHECK(error.code == Errc::tls);
  CHECK_THAT(error.message, ContainsSubstring("refuses our client certificate"));
}

TEST_CASE_METHOD(TlsFixture, "a rotated client certificate counts from the next connect on", "[client][tls]") {
  TempDir folder;
  ScriptedServer server(context, {once(), once(), once()}, issue(ca, {}));
  server.client_ca = ca;
  const Identity first = issue(ca, {.common_name = "first"});
  const Identity second = issue(ca, {.common_name = "second"});
  ClusterConfig config = secure_config(server);
  config.client_cert_pem = first.cert_pem;
  config.client_key_pem = first.key_pem;
  config.client_cert_file = folder.write("tls.crt", first.cert_pem);
  config.client_key_file = folder.write("tls.key", first.key_pem);
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection).value() == 200);
  folder.write("tls.crt", second.cert_pem);  // its key is not there yet
  REQUIRE(fetch(connection).value() == 200);
  folder.write("tls.key", second.key_pem);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(server.client_names == std::vector<std::string>{"first", "first", "second"});
}

TEST_CASE_METHOD(TlsFixture, "a server without TLS is told from one with a bad certificate", "[client][tls]") {
  ScriptedServer server(context, {{send("HTTP/1.1 400 Bad Request\r\n\r\n"), hold()}});
  const Error error = fail_with(server, secure_config(server));
  CHECK(error.code == Errc::tls);
  CHECK_THAT(error.message, ContainsSubstring("it does not speak TLS"));
}

TEST_CASE_METHOD(TlsFixture, "a connection closed in the handshake is a disconnection", "[client][tls]") {
  ScriptedServer server(context, {{close()}});
  const Error error = fail_with(server, secure_config(server));
  CHECK(error.code == Errc::disconnected);
  CHECK_THAT(error.message, ContainsSubstring("during the TLS handshake"));
}

TEST_CASE_METHOD(TlsFixture, "a dead TLS connection is replaced, and a cut stream is a disconnection",
                 "[client][tls]") {
  ScriptedServer server(context, {once(), {expect(), send(chunked_head() + chunk("half")), close()}}, issue(ca, {}));
  Connection connection = connection_to(secure_config(server));
  REQUIRE(fetch(connection).value() == 200);
  const auto result = fetch(connection);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::disconnected);
  CHECK(body == "half");
  CHECK(server.accepted == 2);
}

TEST_CASE_METHOD(TlsFixture, "without TLS's goodbye an answer of no stated length counts as cut", "[client][tls]") {
  ScriptedServer server(context, {{expect(), send("HTTP/1.0 200 OK\r\n\r\nhalf"), close()}}, issue(ca, {}));
  Connection connection = connection_to(secure_config(server));
  const auto result = fetch(connection);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::disconnected);
}

TEST_CASE_METHOD(TlsFixture, "a client certificate in memory that is damaged is an error of the configuration",
                 "[client][tls]") {
  ScriptedServer server(context, {once()}, issue(ca, {}));
  ClusterConfig config = secure_config(server);
  config.client_cert_pem = issue(ca, {}).cert_pem;
  config.client_key_pem = issue(ca, {}).key_pem;
  const Error error = fail_with(server, config);
  CHECK(error.code == Errc::invalid_config);
  CHECK_THAT(error.message, ContainsSubstring("does not belong to"));
}

}  // namespace snaptrail::kube::test
