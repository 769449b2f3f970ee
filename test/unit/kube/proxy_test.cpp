#include "kube/proxy.hpp"

#include "kube/no_proxy.hpp"
#include "kube/request_head.hpp"
#include "kube/socks5.hpp"
#include "kube/tunnel.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>
#include <vector>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

}  // namespace

TEST_CASE("no_proxy names hosts, domains, addresses, ranges and ports as Go reads it", "[proxy]") {
  struct Case {
    std::string list, host;
    int port;
    bool bypasses;
  };
  const std::vector<Case> cases = {
      {"", "kube.example", 443, false},
      {"", "localhost", 443, true},
      {"", "LOCALHOST", 443, false},
      {"", "127.0.0.1", 443, true},
      {"", "127.9.9.9", 443, true},
      {"", "::1", 443, true},
      {"", "::ffff:127.0.0.1", 443, true},
      {"", "10.0.0.1", 443, false},
      {"*", "kube.example", 443, true},
      {"a, * ,b", "kube.example", 443, true},
      {"*", "10.0.0.1", 443, true},
      {"example", "kube.example", 443, true},
      {"kube.example", "kube.example", 443, true},
      {"KUBE.Example", "kube.EXAMPLE", 443, true},
      {"kube.example", "a.kube.example", 443, true},
      {"kube.example", "akube.example", 443, false},
      {".example", "kube.example", 443, true},
      {".kube.example", "kube.example", 443, false},
      {"*.kube.example", "kube.example", 443, false},
      {"*.kube.example", "a.kube.example", 443, true},
      {"*kube.example", "a.kube.example", 443, false},
      {"kube.example:443", "kube.example", 443, true},
      {"kube.example:443", "kube.example", 6443, false},
      {"kube.example:", "kube.example", 6443, true},
      {":443", "kube.example", 443, false},
      {"a:b:443", "kube.example", 443, false},
      {" x , kube.example ,y", "kube.example", 443, true},
      {",,", "kube.example", 443, false},
      {".", "kube.example", 443, false},
      {"10.0.0.1", "10.0.0.1", 443, true},
      {"10.0.0.1:6443", "10.0.0.1", 443, false},
      {"10.0.0.1:6443", "10.0.0.1", 6443, true},
      {"::ffff:10.0.0.1", "10.0.0.1", 443, true},
      {"10.0.0.0/8", "10.200.0.1", 443, true},
      {"10.0.0.0/9", "10.200.0.1", 443, false},
      {"10.0.0.0/33", "10.0.0.0", 443, false},
      {"10.0.0.0/", "10.0.0.0", 443, false},
      {"0.0.0.0/0", "10.0.0.1", 443, true},
      {"0.0.0.0/0", "fd00::1", 443, false},
      {"::/0", "fd00::1", 443, true},
      {"::/0", "10.0.0.1", 443, false},
      {"fd00::/8", "fd12::1", 443, true},
      {"fd00::/8", "fe80::1", 443, false},
      {"fd00::1", "fd00:0::1", 443, true},
      {"[fd00::1]:6443", "fd00::1", 6443, true},
      {"[fd00::1]:6443", "fd00::1", 443, false},
      {"[fd00::1]", "fd00::1", 443, false},
      {"10.0.0.0/8", "kube.example", 443, false},
      {".0.1", "10.0.0.1", 443, false},
  };
  for (const Case& c : cases) {
    INFO(c.list << " | " << c.host << " " << c.port);
    CHECK(bypasses_proxy(c.host, static_cast<std::uint16_t>(c.port), c.list) == c.bypasses);
  }
}

TEST_CASE("proxy URLs of every form are read", "[proxy]") {
  struct Case {
    std::string url, shown;
  };
  const std::vector<Case> cases = {{"http://proxy", "http://proxy:80"},
                                   {"https://proxy/", "https://proxy:443"},
                                   {"socks5://proxy", "socks5://proxy:1080"},
                                   {"socks5h://proxy:9", "socks5://proxy:9"},
                                   {"HTTP://10.0.0.1:3128", "http://10.0.0.1:3128"},
                                   {"http://[fd00::1]:3128", "http://[fd00::1]:3128"},
                                   {"http://me:s3cret@proxy:3128", "http://proxy:3128"}};
  for (const Case& c : cases) {
    INFO(c.url);
    const auto proxy = parse_proxy_url(c.url, "proxy-url");
    REQUIRE(proxy.has_value());
    CHECK(display_of(*proxy) == c.shown);
  }
  const auto encoded = parse_proxy_url("http://me%40corp:p%3Ass@proxy", "proxy-url");
  REQUIRE(encoded.has_value());
  CHECK(encoded->user == "me@corp");
  CHECK(encoded->password == "p:ss");
  CHECK(proxy_authorization(*encoded) == "Basic bWVAY29ycDpwOnNz");
  CHECK(proxy_authorization(*parse_proxy_url("http://proxy", "proxy-url")).empty());
}

TEST_CASE("a proxy URL that can't be used is refused, unquoted if it may hold a password", "[proxy]") {
  for (const char* url : {"ftp://proxy", "proxy:3128", "http://", "http://proxy:0", "http://a b", "http://:3128", ""}) {
    INFO(url);
    const auto proxy = parse_proxy_url(url, "proxy-url");
    REQUIRE_FALSE(proxy.has_value());
    CHECK(proxy.error().code == Errc::invalid_config);
    CHECK_THAT(proxy.error().message, ContainsSubstring("of proxy-url can't be used: "));
  }
  CHECK_THAT(parse_proxy_url("ftp://me:s3cret@proxy", "proxy-url").error().message, !ContainsSubstring("s3cret"));
}

TEST_CASE("the environment's proxy is chosen by the server's scheme", "[proxy]") {
  const ProxyEnvironment environment{"plain:1", "http://secure:2", "direct.example"};
  CHECK(display_of(**proxy_for(environment, "http", "kube.example", 80)) == "http://plain:1");
  CHECK(display_of(**proxy_for(environment, "https", "kube.example", 443)) == "http://secure:2");
  CHECK_FALSE(proxy_for(environment, "https", "direct.example", 443)->has_value());
  CHECK_FALSE(proxy_for(environment, "https", "127.0.0.1", 443)->has_value());
  CHECK_FALSE(proxy_for({}, "https", "kube.example", 443)->has_value());
  CHECK_THAT(proxy_for({"", "ftp://x", ""}, "https", "kube.example", 443).error().message,
             ContainsSubstring("the proxy ftp://x of $HTTPS_PROXY can't be used"));
}

TEST_CASE("only plain HTTP through an HTTP proxy goes without a tunnel", "[proxy]") {
  ClusterConfig config;
  config.scheme = "http";
  config.host = "kube.example";
  config.port = 8080;
  config.base_path = "/k8s";
  config.proxy = *parse_proxy_url("http://me:pw@proxy:3128", "proxy-url");
  CHECK_FALSE(needs_tunnel(config));
  CHECK(
      request_head(config, "/api?a=b", "") ==
      "GET http://kube.example:8080/k8s/api?a=b HTTP/1.1\r\nHost: kube.example:8080\r\nUser-Agent: snaptrail/0.1.0\r\n"
      "Accept: application/json\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n");
  config.proxy = *parse_proxy_url("socks5://proxy", "proxy-url");
  CHECK(needs_tunnel(config));
  config.scheme = "https";
  config.host = "fd00::1";
  config.port = 443;
  config.proxy = *parse_proxy_url("http://me:pw@proxy:3128", "proxy-url");
  CHECK(needs_tunnel(config));
  CHECK_THAT(request_head(config, "/api", "Bearer t"), !ContainsSubstring("Proxy-Authorization"));
  CHECK(connect_head(config) ==
        "CONNECT [fd00::1]:443 HTTP/1.1\r\nHost: [fd00::1]:443\r\nUser-Agent: snaptrail/0.1.0\r\n"
        "Proxy-Authorization: Basic bWU6cHc=\r\n\r\n");
}

TEST_CASE("impersonation is one field for each group and each value of an extra", "[request_head]") {
  ClusterConfig config;
  config.scheme = "https";
  config.host = "kube.example";
  config.impersonate = {"jane", "7", {"dev", "ops"}, {{"example.com/a %", {"1", "2"}}}};
  CHECK(request_head(config, "/api", "Basic x") ==
        "GET /api HTTP/1.1\r\nHost: kube.example\r\nUser-Agent: snaptrail/0.1.0\r\nAccept: application/json\r\n"
        "Authorization: Basic x\r\nImpersonate-User: jane\r\nImpersonate-Uid: 7\r\nImpersonate-Group: dev\r\n"
        "Impersonate-Group: ops\r\nImpersonate-Extra-example.com%2Fa%20%25: 1\r\n"
        "Impersonate-Extra-example.com%2Fa%20%25: 2\r\n\r\n");
}

TEST_CASE("a proxy's answer to CONNECT is a tunnel, a refusal or not complete yet", "[tunnel]") {
  for (const char* part : {"", "H", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nVia: x\r\n"}) {
    INFO(part);
    CHECK_FALSE(read_connect_answer(part).complete);
  }
  for (const char* good : {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n"}) {
    const ConnectAnswer answer = read_connect_answer(good);
    CHECK(answer.complete);
    CHECK(answer.refusal.empty());
  }
  struct Case {
    std::string answer, refusal;
  };
  const std::vector<Case> refusals = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\n", "HTTP 407; put the right user and password into its URL"},
      {"HTTP/1.1 403 Forbidden\r\n", "HTTP 403; its rules must allow CONNECT"},
      {"HTTP/1.1 502 Bad Gateway\r\n", "HTTP 502; it can't reach the API server"},
      {"HTTP/1.1 100 Continue\r\n", "HTTP 100"},
      {"SSH-2.0", "it does not answer as an HTTP proxy does"},
      {"\x15\x03\x01", "it does not answer as an HTTP proxy does"},
      {"HTTP/1.1 2x0 OK\r\n", "it does not answer as an HTTP proxy does"},
      {"HTTP/1.12200 OK\r\n", "it does not answer as an HTTP proxy does"},
      {"HTTP/1.1 200 OK\r\n\r\nmore", "it sends bytes of its own"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'y'), "64 KiB"}};
  for (const Case& c : refusals) {
    INFO(c.answer.substr(0, 40));
    const ConnectAnswer answer = read_connect_answer(c.answer);
    CHECK(answer.complete);
    CHECK_THAT(answer.refusal, ContainsSubstring(c.refusal));
  }
}

TEST_CASE("SOCKS5 asks for a name, an IPv4 or an IPv6 address", "[socks5]") {
  const Proxy proxy = *parse_proxy_url("socks5://proxy", "proxy-url");
  struct Case {
    std::string host, request;
  };
  const std::vector<Case> cases = {
      {"kube", bytes({5, 1, 0, 3, 4}) + "kube" + bytes({0x19, 0x2b})},
      {"10.0.0.1", bytes({5, 1, 0, 1, 10, 0, 0, 1, 0x19, 0x2b})},
      {"fd00::1", bytes({5, 1, 0, 4, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x19, 0x2b})}};
  for (const Case& c : cases) {
    INFO(c.host);
    Socks5 socks(proxy, c.host, 6443);
    CHECK(socks.output() == bytes({5, 1, 0}));
    CHECK(socks.wanted() == 2);
    socks.feed(bytes({5, 0}));
    CHECK(socks.output() == c.request);
    CHECK(socks.wanted() == 4);
    socks.feed(bytes({5, 0, 0, 1}));
    CHECK(socks.wanted() == 6);
    socks.feed(std::string(6, 'x'));
    CHECK(socks.wanted() == 0);
    CHECK(socks.failure().empty());
  }
}

TEST_CASE("SOCKS5 tells user and password where its URL has them", "[socks5]") {
  const Proxy proxy = *parse_proxy_url("socks5://me:s3cret@proxy", "proxy-url");
  Socks5 socks(proxy, "kube", 443);
  CHECK(socks.output() == bytes({5, 1, 2}));
  socks.feed(bytes({5, 2}));
  CHECK(socks.output() == bytes({1, 2}) + "me" + bytes({6}) + "s3cret");
  socks.feed(bytes({1, 0}));
  CHECK_THAT(socks.output(), StartsWith(bytes({5, 1, 0, 3})));
  socks.feed(bytes({5, 0, 0, 3}));  // bound to a name: its length comes first
  CHECK(socks.wanted() == 1);
  socks.feed(bytes({9}));
  CHECK(socks.wanted() == 11);
  socks.feed(std::string(11, 'x'));
  CHECK(socks.wanted() == 0);
}

TEST_CASE("SOCKS5 refusals say what was refused", "[socks5]") {
  const Proxy anonymous = *parse_proxy_url("socks5://proxy", "proxy-url");
  const Proxy named = *parse_proxy_url("socks5://me:s3cret@proxy", "proxy-url");
  struct Case {
    const Proxy& proxy;
    std::vector<std::string> answers;
    std::string failure;
  };
  const std::vector<Case> cases = {
      {anonymous, {bytes({5, 0xff})}, "wants to be told who we are"},
      {anonymous, {bytes({5, 2})}, "wants to be told who we are"},
      {anonymous, {"HT"}, "does not speak SOCKS5"},
      {anonymous, {bytes({5, 0}), "HTTP"}, "does not speak SOCKS5"},
      {anonymous, {bytes({5, 0}), bytes({5, 5, 0, 1})}, "the server refuses its connection"},
      {anonymous, {bytes({5, 0}), bytes({5, 99, 0, 1})}, "unknown failure"},
      {anonymous, {bytes({5, 0}), bytes({5, 0, 0, 9})}, "no SOCKS5"},
      {named, {bytes({5, 2}), bytes({1, 1})}, "refuses the user and password"}};
  for (const Case& c : cases) {
    Socks5 socks(c.proxy, "kube", 443);
    for (const std::string& answer : c.answers) socks.feed(answer);
    CHECK(socks.wanted() == 0);
    CHECK_THAT(socks.failure(), ContainsSubstring(c.failure));
  }
  CHECK_THAT(Socks5(anonymous, std::string(256, 'x'), 443).failure(), ContainsSubstring("longer than 255"));
}

}  // namespace snaptrail::kube::test
