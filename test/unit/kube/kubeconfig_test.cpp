#include "kube/kubeconfig.hpp"

#include "certificates.hpp"
#include "kube/base64.hpp"
#include "temp_dir.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>
#include <utility>
#include <vector>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string base64(const std::string& bytes) {
  std::string out(bytes.size() * 2 + 8, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

/// A kubeconfig of one context; `cluster` and `user` are the lines of their maps, each with its indent.
std::string kubeconfig(const std::string& cluster, const std::string& user) {
  return fmt::format(
      "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
      "clusters:\n- name: c\n  cluster:\n{}"
      "users:\n- name: u\n  user:\n{}"
      "contexts:\n- name: here\n  context:\n    cluster: c\n    user: u\n    namespace: apps\n",
      cluster, user);
}

const std::string kServer = "    server: https://10.0.0.1:6443\n";

struct KubeconfigFixture {
  TempDir folder;

  Result<ClusterConfig> load(const std::string& text, const std::string& context = "") {
    return load_kubeconfig(folder.write("config", text), context);
  }
  std::string failure(const std::string& text, const std::string& context = "") {
    const auto result = load(text, context);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::invalid_config);
    CHECK(result.error().message.find('\n') == std::string::npos);
    return result.error().message;
  }
  std::string path(const std::string& name) const { return (folder.path() / name).string(); }
};

}  // namespace

TEST_CASE_METHOD(KubeconfigFixture, "inline credentials are decoded", "[kubeconfig]") {
  const Identity ca = make_ca("CA");
  const Identity user = issue(ca, {});
  const auto config = load(kubeconfig(
      kServer + "    certificate-authority-data: " + base64(ca.cert_pem) + "\n    tls-server-name: kube.example\n",
      "    client-certificate-data: " + base64(user.cert_pem) + "\n    client-key-data: " + base64(user.key_pem) +
          "\n    token: abc\n"));
  REQUIRE(config.has_value());
  CHECK(config->context == "here");
  CHECK(config->cluster == "c");
  CHECK(config->default_namespace == "apps");
  CHECK(config->scheme == "https");
  CHECK(config->host == "10.0.0.1");
  CHECK(config->port == 6443);
  CHECK(config->ca_pem == ca.cert_pem);
  CHECK(config->ca_file.empty());
  CHECK(config->tls_server_name == "kube.example");
  CHECK_FALSE(config->insecure_skip_tls_verify);
  CHECK(config->client_cert_pem == user.cert_pem);
  CHECK(config->client_key_pem == user.key_pem);
  CHECK(config->token == "abc");
  CHECK(config->token_file.empty());
}

TEST_CASE_METHOD(KubeconfigFixture, "paths are relative to the kubeconfig's folder", "[kubeconfig]") {
  const Identity ca = make_ca("CA");
  const Identity user = issue(ca, {});
  folder.write("pki/ca.crt", ca.cert_pem);
  folder.write("pki/tls.crt", user.cert_pem);
  const auto key = folder.write("tls.key", user.key_pem);
  const auto config = load(kubeconfig(
      kServer + "    certificate-authority: pki/ca.crt\n",
      "    client-certificate: ./pki/tls.crt\n    client-key: " + key.string() + "\n    tokenFile: token\n"));
  REQUIRE(config.has_value());
  CHECK(config->ca_file == path("pki/ca.crt"));
  CHECK(config->ca_pem == ca.cert_pem);
  CHECK(config->client_cert_file == path("pki/tls.crt"));
  CHECK(config->client_key_file == key);
  CHECK(config->client_key_pem == user.key_pem);
  CHECK(config->token_file == path("token"));
}

TEST_CASE_METHOD(KubeconfigFixture, "data goes before a file of the same kind", "[kubeconfig]") {
  const Identity ca = make_ca("CA");
  const auto config = load(kubeconfig(
      kServer + "    certificate-authority: missing\n    certificate-authority-data: " + base64(ca.cert_pem) + "\n",
      "    token: abc\n"));
  REQUIRE(config.has_value());
  CHECK(config->ca_pem == ca.cert_pem);
  CHECK(config->ca_file.empty());
}

TEST_CASE_METHOD(KubeconfigFixture, "server URLs of every form are read", "[kubeconfig]") {
  struct Case {
    std::string url, scheme, host;
    int port;
    std::string base_path;
  };
  const std::vector<Case> cases = {
      {"https://kube.example", "https", "kube.example", 443, ""},
      {"http://kube.example/", "http", "kube.example", 80, ""},
      {"HTTPS://Kube.Example:8443", "https", "Kube.Example", 8443, ""},
      {"https://[fd00::1]:6443", "https", "fd00::1", 6443, ""},
      {"https://[::1]", "https", "::1", 443, ""},
      {"https://rancher.example/k8s/clusters/c-1/", "https", "rancher.example", 443, "/k8s/clusters/c-1"}};
  for (const Case& c : cases) {
    INFO(c.url);
    const auto config = load(kubeconfig("    server: " + c.url + "\n", "    token: abc\n"));
    REQUIRE(config.has_value());
    CHECK(config->scheme == c.scheme);
    CHECK(config->host == c.host);
    CHECK(config->port == c.port);
    CHECK(config->base_path == c.base_path);
  }
}

TEST_CASE_METHOD(KubeconfigFixture, "server URLs that can't be used are refused", "[kubeconfig]") {
  for (const char* url : {"10.0.0.1:6443", "ftp://a", "https://", "https://a:99999", "https://a:0", "https://a?b",
                          "https://a#b", "unix:///run/kube.sock", "https://a%0d%0ab", "https://[v1.x]", "''"}) {
    INFO(url);
    CHECK_THAT(failure(kubeconfig(std::string("    server: ") + url + "\n", "    token: abc\n")),
               ContainsSubstring("cluster c in " + path("config") + ": the cluster"));
  }
  const std::string secret = failure(kubeconfig("    server: https://me:s3cret@a\n", "    token: abc\n"));
  CHECK_THAT(secret, ContainsSubstring("user and password in the URL are not supported"));
  CHECK_THAT(secret, !ContainsSubstring("s3cret"));
}

TEST_CASE_METHOD(KubeconfigFixture, "ways of authentication that are not supported are named", "[kubeconfig]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"    exec:\n      command: aws\n      args: [s3cret]\n",
       "from a command (exec: aws), which this version does not"},
      {"    auth-provider:\n      name: gcp\n      config: {token: s3cret}\n",
       "uses an auth-provider, which this version"},
      {"    username: me\n    password: s3cret\n", "has username and password, which API servers no longer accept"},
      {"    password: s3cret\n", "has username and password"},
      {"    token: s3cret\n    as: admin\n", "impersonates another user (as)"},
      {"    token: s3cret\n    as-groups: [s3cret]\n", "impersonates another user (as-groups)"}};
  for (const auto& [user, words] : cases) {
    const std::string message = failure(kubeconfig(kServer, user));
    CHECK_THAT(message, ContainsSubstring("user u in " + path("config")));
    CHECK_THAT(message, ContainsSubstring(words));
    CHECK_THAT(message, !ContainsSubstring("s3cret"));
  }
  CHECK_THAT(failure(kubeconfig(kServer + "    proxy-url: http://me:s3cret@proxy\n", "    token: x\n")),
             ContainsSubstring("through a proxy (proxy-url)") && !ContainsSubstring("s3cret"));
}

TEST_CASE_METHOD(KubeconfigFixture, "a context that is missing is answered with those that exist", "[kubeconfig]") {
  const std::string two = kubeconfig(kServer, "    token: x\n") +
                          "- name: there\n  context: {cluster: gone, user: u}\n"
                          "- name: nobody\n  context: {cluster: c, user: gone}\n"
                          "- name: nowhere\n  context: {user: u}\n"
                          "- name: anonymous\n  context: {cluster: c}\n";
  CHECK(failure(two, "prod") == path("config") +
                                    " has no context named prod; there are: here, there, nobody, nowhere, "
                                    "anonymous");
  CHECK_THAT(failure(two, "there"), ContainsSubstring("has no cluster named gone; there are: c"));
  CHECK_THAT(failure(two, "nobody"), ContainsSubstring("has no user named gone; there are: u"));
  CHECK_THAT(failure(two, "nowhere"), ContainsSubstring("context nowhere in " + path("config") + " names no cluster"));
  const auto anonymous = load(two, "anonymous");
  REQUIRE(anonymous.has_value());
  CHECK(anonymous->token.empty());
  CHECK(anonymous->default_namespace == "default");
}

TEST_CASE_METHOD(KubeconfigFixture, "without a current-context the choice is shown", "[kubeconfig]") {
  CHECK_THAT(failure("contexts:\n- name: a\n  context: {}\n- name: b\n"),
             ContainsSubstring("sets no current-context; choose one with --context: a, b"));
  CHECK_THAT(failure("current-context: ''\n"), ContainsSubstring("choose one with --context: none"));
}

TEST_CASE_METHOD(KubeconfigFixture, "what is no kubeconfig is refused with its place", "[kubeconfig]") {
  const std::string file = path("config");
  CHECK_THAT(failure("a: [1, 2\nb: }"),
             ContainsSubstring(file + ":2:2: no valid YAML: end of sequence flow not found"));
  CHECK_THAT(failure("\tclusters: 1"), ContainsSubstring("no valid YAML"));
  CHECK_THAT(failure(""), ContainsSubstring(file + " is no kubeconfig"));
  CHECK_THAT(failure("just text"), ContainsSubstring("is no kubeconfig"));
  CHECK_THAT(failure("- a\n- b"), ContainsSubstring("is no kubeconfig"));
  CHECK_THAT(failure("current-context: {a: b}\n"), ContainsSubstring(file + ":1:18: current-context must be a string"));
  CHECK_THAT(failure("current-context: a\ncontexts: yes\n"),
             ContainsSubstring(file + ":2:11: contexts must be a list"));
  CHECK_THAT(failure("current-context: a\ncontexts: [7]\n"), ContainsSubstring(file + ":2:12: a map with name was"));
  CHECK_THAT(failure("current-context: a\ncontexts:\n- name: a\n  context: 7\n"),
             ContainsSubstring(":4:12: a map with"));
  CHECK_THAT(failure("&a [*a]"), ContainsSubstring(file));
  CHECK_THAT(failure("a: *unknown"), ContainsSubstring("no valid YAML"));
  CHECK_THAT(failure(std::string(20000, '[')), ContainsSubstring("no valid YAML"));
  CHECK_THAT(failure(std::string(20000, '{')), ContainsSubstring("no valid YAML"));
  CHECK_THAT(failure(kubeconfig(kServer + "    insecure-skip-tls-verify: perhaps\n", "    token: x\n")),
             ContainsSubstring(":8:31: insecure-skip-tls-verify must be true or false"));
}

TEST_CASE_METHOD(KubeconfigFixture, "a file that can't be read is named with the reason", "[kubeconfig]") {
  const auto missing = load_kubeconfig(folder.path() / "none", "");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message == "can't read the kubeconfig " + path("none") + ": No such file or directory");
  const auto directory = load_kubeconfig(folder.path(), "");
  REQUIRE_FALSE(directory.has_value());
  CHECK_THAT(directory.error().message, ContainsSubstring("Is a directory"));
}

TEST_CASE_METHOD(KubeconfigFixture, "certificates and keys that can't be used are refused unquoted", "[kubeconfig]") {
  const Identity ca = make_ca("CA");
  const Identity user = issue(ca, {});
  const std::string cert = "    client-certificate-data: " + base64(user.cert_pem) + "\n";
  const std::string key = "    client-key-data: ";
  const auto with_user = [&](const std::string& lines) { return failure(kubeconfig(kServer, lines)); };
  const auto with_ca = [&](const std::string& lines) { return failure(kubeconfig(kServer + lines, "    token: x\n")); };
  CHECK_THAT(with_user(cert + key + base64(ca.key_pem) + "\n"),
             ContainsSubstring("the private key of client-key-data in " + path("config") + " does not belong to"));
  CHECK_THAT(with_user(cert), ContainsSubstring("has a client-certificate without a client-key"));
  CHECK_THAT(with_user(key + base64(user.key_pem) + "\n"), ContainsSubstring("has a client-key without a client-cert"));
  CHECK_THAT(with_user(cert + key + "s3cret!\n"),
             ContainsSubstring(":12:22: client-key-data is no valid base64") && !ContainsSubstring("s3cret"));
  CHECK_THAT(with_user(cert + key + base64("s3cret") + "\n"),
             ContainsSubstring("holds no usable PEM private key") && !ContainsSubstring("s3cret"));
  CHECK_THAT(with_user(cert + key + base64(encrypted_key_pem()) + "\n"), ContainsSubstring("encrypted private key"));
  CHECK_THAT(with_user("    token: \"s3cret\\nX: y\"\n"),
             ContainsSubstring("characters that no token may have") && !ContainsSubstring("s3cret"));
  CHECK_THAT(with_ca("    certificate-authority-data: " + base64("nothing") + "\n"),
             ContainsSubstring("certificate-authority-data in " + path("config") + " holds no PEM certificate"));
  std::string damaged = ca.cert_pem;
  damaged.erase(60, 20);
  CHECK_THAT(with_ca("    certificate-authority-data: " + base64(damaged) + "\n"),
             ContainsSubstring("damaged certificate"));
  CHECK_THAT(with_ca("    certificate-authority: missing.crt\n"),
             ContainsSubstring("can't read the certificate-authority " + path("missing.crt")));
  CHECK_THAT(
      with_ca("    insecure-skip-tls-verify: true\n    certificate-authority-data: " + base64(ca.cert_pem) + "\n"),
      ContainsSubstring("both insecure-skip-tls-verify and a certificate authority"));
}

TEST_CASE_METHOD(KubeconfigFixture, "several files are merged, and the first of a name counts", "[kubeconfig]") {
  const auto first =
      folder.write("a/config", "current-context: here\nclusters:\n- name: c\n  cluster: {server: 'https://one'}\n");
  const auto second = folder.write("b/config", kubeconfig("    server: https://two\n", "    tokenFile: token\n"));
  const auto config = load_kubeconfigs({first, second}, "");
  REQUIRE(config.has_value());
  CHECK(config->host == "one");
  CHECK(config->token_file == path("b/token"));
}

TEST_CASE("base64 is decoded strictly, line breaks aside", "[base64]") {
  CHECK(decode_base64("") == "");
  CHECK(decode_base64("Zg==") == "f");
  CHECK(decode_base64("Zm8=") == "fo");
  CHECK(decode_base64("Zm9v") == "foo");
  CHECK(decode_base64("Zm9v\n  YmFy\r\n") == "foobar");
  CHECK(decode_base64("+/+/") == "\xfb\xff\xbf");
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zg===", "====", "Zm9v=", "Zg==Zg==", "-_-_", "Zm9v!", "\xff\xff\xff\xff"}) {
    INFO(bad);
    CHECK_FALSE(decode_base64(bad));
  }
}

}  // namespace snaptrail::kube::test
