#include "kube/cluster_config.hpp"

#include "certificates.hpp"
#include "kube/server_url.hpp"
#include "temp_dir.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;

const std::string kMinimal =
    "current-context: x\nclusters: [{name: c, cluster: {server: 'https://a'}}]\n"
    "contexts: [{name: x, context: {cluster: c}}, {name: y, context: {cluster: c}}]\n";

/// A pod's environment and service account, and no kubeconfig anywhere.
struct PodFixture {
  TempDir folder;
  ScopedEnvironment host{"KUBERNETES_SERVICE_HOST", "10.96.0.1"};
  ScopedEnvironment port{"KUBERNETES_SERVICE_PORT", "443"};
  ScopedEnvironment kubeconfig{"KUBECONFIG", nullptr};
  ScopedEnvironment home{"HOME", folder.path().c_str()};
  ScopedEnvironment https_proxy{"HTTPS_PROXY", nullptr};
  ScopedEnvironment other_https_proxy{"https_proxy", nullptr};
  Identity ca = make_ca("CA");

  PodFixture() {
    folder.write("token", "abc\n");
    folder.write("ca.crt", ca.cert_pem);
    folder.write("namespace", "snaptrail");
  }
  std::string failure() {
    const auto result = in_cluster_config(folder.path());
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::invalid_config);
    return result.error().message;
  }
};

std::string failure_of(const Result<ClusterConfig>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::invalid_config);
  return result.error().message;
}

}  // namespace

TEST_CASE_METHOD(PodFixture, "a pod finds its API server and credentials", "[cluster_config]") {
  const auto config = in_cluster_config(folder.path());
  REQUIRE(config.has_value());
  CHECK(config->context == "in-cluster");
  CHECK(config->scheme == "https");
  CHECK(config->host == "10.96.0.1");
  CHECK(config->port == 443);
  CHECK(config->token_file == folder.path() / "token");
  CHECK(config->token.empty());
  CHECK(config->ca_file == folder.path() / "ca.crt");
  CHECK(config->ca_pem == ca.cert_pem);
  CHECK(config->default_namespace == "snaptrail");
}

TEST_CASE_METHOD(PodFixture, "an IPv6 service address is taken with and without brackets", "[cluster_config]") {
  for (const char* address : {"fd00::1", "[fd00::1]"}) {
    const ScopedEnvironment ipv6("KUBERNETES_SERVICE_HOST", address);
    const auto config = in_cluster_config(folder.path());
    REQUIRE(config.has_value());
    CHECK(config->host == "fd00::1");
    CHECK(server_of(*config) == "https://[fd00::1]");
  }
}

TEST_CASE_METHOD(PodFixture, "flags go over a pod's service account", "[cluster_config]") {
  const ScopedEnvironment pod_namespace("POD_NAMESPACE", "by-downward-api");
  const auto config = in_cluster_config(
      folder.path(), {.server = "https://[fd00::2]:6443", .token = "mine", .as = "jane", .as_groups = {"ops"}});
  REQUIRE(config.has_value());
  CHECK(server_of(*config) == "https://[fd00::2]:6443");
  CHECK(config->token == "mine");
  CHECK(config->token_file.empty());
  CHECK(config->ca_pem == ca.cert_pem);
  CHECK(config->impersonate == Impersonation{"jane", "", {"ops"}, {}});
  CHECK(config->default_namespace == "by-downward-api");
}

TEST_CASE_METHOD(PodFixture, "what a pod lacks is named", "[cluster_config]") {
  const std::string root = folder.path().string();
  SECTION("the environment") {
    const ScopedEnvironment unset("KUBERNETES_SERVICE_PORT", nullptr);
    CHECK_THAT(failure(), ContainsSubstring("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"));
  }
  SECTION("an address that is one") {
    for (const char* bad : {"a b", "a/b", "a\r\nb", ":", "[::1"}) {
      const ScopedEnvironment odd("KUBERNETES_SERVICE_HOST", bad);
      CHECK_THAT(failure(), ContainsSubstring("is no address"));
    }
    const ScopedEnvironment odd("KUBERNETES_SERVICE_PORT", "http");
    CHECK_THAT(failure(), ContainsSubstring("KUBERNETES_SERVICE_PORT http is no address"));
  }
  SECTION("a token") {
    folder.write("token", "\n");
    CHECK_THAT(failure(), ContainsSubstring("service account token " + root + "/token is empty"));
    std::filesystem::remove(folder.path() / "token");
    CHECK_THAT(failure(), ContainsSubstring("can't read the service account token " + root + "/token: No such file"));
  }
  SECTION("a CA") {
    folder.write("ca.crt", "no certificate");
    CHECK_THAT(failure(), ContainsSubstring("certificate-authority " + root + "/ca.crt holds no PEM certificate"));
  }
  SECTION("a namespace, which is no error") {
    std::filesystem::remove(folder.path() / "namespace");
    CHECK(in_cluster_config(folder.path())->default_namespace == "default");
  }
}

TEST_CASE_METHOD(PodFixture, "configurations are looked for in kubectl's order", "[cluster_config]") {
  const auto named = folder.write("named", kMinimal);
  const std::string none = folder.path().string() + "/none";
  SECTION("by option") {
    const ScopedEnvironment other("KUBECONFIG", none.c_str());
    CHECK(find_cluster_config({named, ""})->context == "x");
    CHECK(find_cluster_config({named, "y"})->context == "y");
  }
  SECTION("by $KUBECONFIG, where files of a list may be missing") {
    folder.write(".kube/config", "no kubeconfig");
    const ScopedEnvironment list("KUBECONFIG", (":" + none + ":" + named.string()).c_str());
    CHECK(find_cluster_config({})->context == "x");
  }
  SECTION("by $KUBECONFIG, where none exists") {
    const ScopedEnvironment list("KUBECONFIG", none.c_str());
    CHECK(failure_of(find_cluster_config({})) == "$KUBECONFIG is " + none + ", but there is no such file");
  }
  SECTION("in the home folder") {
    folder.write(".kube/config", kMinimal);
    CHECK(find_cluster_config({})->context == "x");
  }
  SECTION("in the pod, which has no contexts and here no credentials") {
    CHECK_THAT(failure_of(find_cluster_config({})), ContainsSubstring("/var/run/secrets/kubernetes.io/serviceaccount"));
    CHECK_THAT(failure_of(find_cluster_config({"", "prod"})), ContainsSubstring("so context prod can't be chosen"));
  }
  SECTION("in --server alone") {
    const ScopedEnvironment outside("KUBERNETES_SERVICE_HOST", nullptr);
    KubeconfigSource source;
    source.overrides.server = "https://10.0.0.1";
    CHECK(find_cluster_config(source)->host == "10.0.0.1");
  }
  SECTION("nowhere") {
    const ScopedEnvironment outside("KUBERNETES_SERVICE_HOST", nullptr);
    CHECK(failure_of(find_cluster_config({})) == "no kubeconfig found: $KUBECONFIG is not set and there is no " +
                                                     folder.path().string() +
                                                     "/.kube/config; name one with --kubeconfig, or run inside a pod");
  }
}

}  // namespace snaptrail::kube::test
