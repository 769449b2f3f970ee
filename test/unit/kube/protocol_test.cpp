// The list/watch protocol's rules (docs/protocol.md) that the connection keeps.
#include "certificates.hpp"
#include "client_fixture.hpp"
#include "kube/status_error.hpp"
#include "kube/tls_context.hpp"
#include "kube/token_source.hpp"
#include "temp_dir.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <filesystem>
#include <string>

namespace snaptrail::kube::test {
namespace {

/// Our end of a connection to that port of this machine, by looking at all of the process's files; -1 if there is none.
int socket_to(std::uint16_t port) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const bool connected = ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    if (connected && peer.sin_family == AF_INET && ntohs(peer.sin_port) == port) return fd;
  }
  return -1;
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(fd, level, name, &value, &size) == 0);
  return value;
}

}  // namespace

TEST_CASE_METHOD(ClientFixture, "rule 22: the system looks after a peer that is silent, and gives it up in a minute",
                 "[protocol]") {
  ScriptedServer server(context, {{expect(), send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), hold()}});
  Connection connection = connection_to(config_for(server));
  REQUIRE(fetch(connection).value() == 200);
  const int fd = socket_to(server.port());
  REQUIRE(fd >= 0);
  CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) != 0);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 30);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 10);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPCNT) == 3);
  CHECK(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 60'000);
}

TEST_CASE("rule 33: a token file is read again each minute, and the last good token outlives a bad one", "[protocol]") {
  using std::chrono::seconds;
  TempDir folder;
  ClusterConfig config;
  config.token_file = folder.write("token", "one");
  TokenSource source(config);
  const TokenSource::TimePoint start{};
  REQUIRE(source.token(start).value() == "one");
  folder.write("token", "two");
  CHECK(source.token(start + seconds(60)).value() == "two");
  folder.write("token", "");
  CHECK(source.token(start + seconds(120)).value() == "two");
  folder.write("token", "three");
  source.expire();  // a 401
  CHECK(source.token(start + seconds(121)).value() == "three");
}

TEST_CASE("rule 34: a CA that was rotated counts from the next connect on, and a bad file leaves the last good one",
          "[protocol]") {
  TempDir folder;
  auto config = std::make_shared<ClusterConfig>();
  config->ca_pem = make_ca("First CA").cert_pem;
  config->ca_file = folder.write("ca.crt", config->ca_pem);
  TlsContext tls(config);
  const auto first = tls.current().value();
  CHECK(tls.current().value() == first);  // as long as nothing was rotated
  folder.write("ca.crt", make_ca("Next CA").cert_pem);
  const auto next = tls.current().value();
  CHECK(next != first);
  folder.write("ca.crt", "");
  CHECK(tls.current().value() == next);
}

TEST_CASE("rule 13: a version that is too large is known by its cause and by the words of older servers",
          "[protocol]") {
  const auto code_of = [](const std::string& members) {
    const std::string body = R"({"kind":"Status",)" + members + "}";
    return status_error({504, "1", "", body}, {"GET /", "server", "context"}, {}).code;
  };
  const Errc too_large = Errc::resource_version_too_large;
  CHECK(code_of(R"("details":{"causes":[{"reason":"ResourceVersionTooLarge"}]})") == too_large);
  CHECK(code_of(R"("details":{"causes":[{"message":"Too large resource version"}]})") == too_large);
  CHECK(code_of(R"("message":"Timeout: Too large resource version: 200, current: 100")") == too_large);
  CHECK(code_of(R"("message":"the server timed out")") == Errc::unavailable);
}

}  // namespace snaptrail::kube::test
