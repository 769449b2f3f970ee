#include "kube/exec_credential.hpp"

#include "certificates.hpp"
#include "kube/exec_entry.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using std::chrono::seconds;

const std::string kVersion = "client.authentication.k8s.io/v1";
const ExecCredential::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

std::string output(const std::string& status) {
  return fmt::format(R"({{"kind":"ExecCredential","apiVersion":"{}","status":{}}})", kVersion, status);
}

ExecCredentialPtr credential(std::optional<seconds> life = {}) {
  ExecCredential made;
  made.token = "t";
  if (life) made.expires = kNow + *life;
  return std::make_shared<const ExecCredential>(made);
}

UserEntry user_with(ExecEntry exec) {
  UserEntry user;
  user.origin = "user u in FILE";
  user.exec = std::move(exec);
  return user;
}

ExecEntry entry() {
  ExecEntry exec;
  exec.command = "aws";
  exec.api_version = kVersion;
  exec.interactive_mode = "Never";
  return exec;
}

}  // namespace

TEST_CASE("a plugin's output gives token, certificate and expiry", "[exec]") {
  const auto token = parse_exec_credential(
      output(R"({"token":"abc","expirationTimestamp":"2026-01-01T00:00:05Z","clientKeyData":null})"), kVersion);
  REQUIRE(token.has_value());
  CHECK(token->token == "abc");
  CHECK(token->expires == kNow + seconds(5));
  const Identity user = issue(make_ca("CA"), {});
  const boost::json::object status{{"clientCertificateData", user.cert_pem}, {"clientKeyData", user.key_pem}};
  const auto pair = parse_exec_credential(output(boost::json::serialize(status)), kVersion);
  REQUIRE(pair.has_value());
  CHECK(pair->cert_pem == user.cert_pem);
  CHECK(pair->key_pem == user.key_pem);
  CHECK(pair->token.empty());
  CHECK_FALSE(pair->expires.has_value());
}

TEST_CASE("a plugin's output that can't be used is refused unquoted", "[exec]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "is empty"},
      {"s3cret", "is no JSON object"},
      {"[\"s3cret\"]", "is no JSON object"},
      {R"({"kind":"Secret"})", "is no ExecCredential"},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"s3cret"}})",
       "has apiVersion client.authentication.k8s.io/v1beta1, but the kubeconfig says " + kVersion},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"})", "has no status"},
      {output("{}"), "neither a token nor a client certificate"},
      {output(R"({"token":7})"), "a value that is no string"},
      {output(R"({"clientKeyData":"s3cret"})"), "only one of clientCertificateData and clientKeyData"},
      {output(R"({"clientCertificateData":"x","clientKeyData":"s3cret"})"), "holds no PEM certificate"},
      {output(R"({"token":"s3cret\r\nX: y"})"), "characters that no token may have"},
      {output(R"({"token":"s3cret","expirationTimestamp":"tomorrow"})"), "no RFC 3339 time"},
      {std::string(10'000, '['), "is no JSON object"}};
  for (const auto& [bytes, words] : cases) {
    INFO(bytes.substr(0, 80));
    const auto refused = parse_exec_credential(bytes, kVersion);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::credentials);
    CHECK_THAT(refused.error().message, ContainsSubstring(words) && !ContainsSubstring("s3cret"));
  }
}

TEST_CASE("a credential is replaced ten seconds or a tenth of its life before it expires", "[exec]") {
  CHECK(refresh_at(*credential(), kNow) == ExecCredential::Time::max());
  CHECK(refresh_at(*credential(seconds(900)), kNow) == kNow + seconds(890));
  CHECK(refresh_at(*credential(seconds(50)), kNow) == kNow + seconds(45));
  CHECK(refresh_at(*credential(seconds(0)), kNow) == kNow);
  CHECK(refresh_at(*credential(seconds(-60)), kNow) == kNow - seconds(60));
}

TEST_CASE("a credential is used until it is to be replaced", "[exec]") {
  ExecCache cache;
  CHECK_FALSE(cache.usable(kNow));
  const auto first = credential(seconds(100));
  cache.succeeded(first, kNow);
  CHECK(cache.usable(kNow) == first);
  CHECK(cache.usable(kNow + seconds(89)) == first);
  CHECK_FALSE(cache.usable(kNow + seconds(90)));
  const auto lasting = credential();
  cache.succeeded(lasting, kNow);
  CHECK(cache.usable(kNow + std::chrono::hours(24 * 365)) == lasting);
}

TEST_CASE("a refused credential is dropped, but not the one that has replaced it", "[exec]") {
  ExecCache cache;
  const auto first = credential();
  const auto second = credential();
  CHECK_FALSE(cache.refused(nullptr));
  cache.succeeded(first, kNow);
  CHECK(cache.refused(first));
  CHECK_FALSE(cache.usable(kNow));
  cache.succeeded(second, kNow);
  CHECK(cache.refused(first));
  CHECK(cache.usable(kNow) == second);
}

TEST_CASE("a failure stands for a few seconds, whichever way the clock goes", "[exec]") {
  ExecCache cache;
  CHECK_FALSE(cache.failure(kNow));
  Error error;
  error.message = "no";
  cache.failed(error, kNow);
  CHECK(cache.failure(kNow + seconds(4))->message == "no");
  CHECK_FALSE(cache.failure(kNow + seconds(5)));
  CHECK_FALSE(cache.failure(kNow - seconds(1)));
  cache.succeeded(credential(), kNow);
  CHECK_FALSE(cache.failure(kNow));
}

TEST_CASE("a plugin is told of its cluster only if it asks", "[exec]") {
  ClusterEntry cluster;
  cluster.server = "https://10.0.0.1:6443";
  cluster.tls_server_name = "kube.example";
  cluster.disable_compression = true;
  cluster.proxy_url = "http://proxy:3128";
  cluster.exec_config = R"({"audience":"a"})";
  ExecEntry exec = entry();
  const auto silent = make_exec_plugin(user_with(exec), cluster, "PEM");
  REQUIRE(silent.has_value());
  CHECK(boost::json::parse(silent->exec_info) ==
        boost::json::parse(R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",
                               "spec":{"interactive":false}})"));
  exec.provide_cluster_info = true;
  exec.api_version = "client.authentication.k8s.io/v1beta1";
  exec.interactive_mode = "";
  const auto told = make_exec_plugin(user_with(exec), cluster, "PEM");
  REQUIRE(told.has_value());
  CHECK(boost::json::parse(told->exec_info) ==
        boost::json::parse(R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",
        "spec":{"interactive":false,"cluster":{"server":"https://10.0.0.1:6443","tls-server-name":"kube.example",
        "certificate-authority-data":"UEVN","proxy-url":"http://proxy:3128","disable-compression":true,
        "config":{"audience":"a"}}}})"));
}

TEST_CASE("an exec entry that can't be run is refused with what to change", "[exec]") {
  const auto refusal = [](auto change) {
    UserEntry user = user_with(entry());
    change(user);
    const auto plugin = make_exec_plugin(user, {}, "");
    REQUIRE_FALSE(plugin.has_value());
    return plugin.error().message;
  };
  CHECK_THAT(refusal([](UserEntry& u) { u.exec->interactive_mode = "Always"; }),
             ContainsSubstring("user u in FILE has an exec (aws) with interactiveMode Always: it wants a terminal"));
  CHECK_THAT(refusal([](UserEntry& u) { u.exec->interactive_mode = ""; }),
             ContainsSubstring("write Never or IfAvailable"));
  CHECK_THAT(refusal([](UserEntry& u) { u.exec->interactive_mode = "never"; }),
             ContainsSubstring("interactiveMode never; it must be"));
  CHECK_THAT(refusal([](UserEntry& u) { u.exec->command = ""; }), ContainsSubstring("without a command"));
  CHECK_THAT(refusal([](UserEntry& u) { u.exec->api_version = ""; }), ContainsSubstring("without an apiVersion"));
  CHECK_THAT(refusal([](UserEntry& u) { u.exec->api_version = "client.authentication.k8s.io/v1alpha1"; }),
             ContainsSubstring("v1alpha1; only client.authentication.k8s.io/v1 and"));
  CHECK_THAT(refusal([](UserEntry& u) { u.exec->env = {{"", "x"}}; }), ContainsSubstring("without a name"));
  CHECK_THAT(refusal([](UserEntry& u) { u.exec->args = {std::string("a\0b", 3)}; }), ContainsSubstring("NUL"));
  CHECK_THAT(refusal([](UserEntry& u) { u.auth_provider = "gcp"; }), ContainsSubstring("both exec and auth-provider"));
}

}  // namespace snaptrail::kube::test
