#include "kube/kubeconfig.hpp"

#include "certificates.hpp"
#include "kube/base64.hpp"
#include "kube/yaml_json.hpp"
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
  ScopedEnvironment https_proxy{"HTTPS_PROXY", nullptr};
  ScopedEnvironment other_https_proxy{"https_proxy", nullptr};
  ScopedEnvironment http_proxy{"HTTP_PROXY", nullptr};
  ScopedEnvironment other_http_proxy{"http_proxy", nullptr};

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

TEST_CASE_METHOD(KubeconfigFixture, "data and a file of the same kind are refused, as kubectl refuses them",
                 "[kubeconfig]") {
  const Identity ca = make_ca("CA");
  CHECK_THAT(failure(kubeconfig(kServer + "    certificate-authority: missing\n    certificate-authority-data: " +
                                    base64(ca.cert_pem) + "\n",
                                "    token: abc\n")),
             ContainsSubstring("has both certificate-authority and certificate-authority-data; remove one"));
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
      {"10.0.0.1:6443", "http", "10.0.0.1", 6443, ""},
      {"localhost:8001/", "http", "localhost", 8001, ""},
      {"kube.example", "http", "kube.example", 80, ""},
      {"'[fd00::1]:8080'", "http", "fd00::1", 8080, ""},
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
  for (const char* url : {"10.0.0.1:6443/path", "ftp://a", "https://", "https://a:99999", "https://a:0", "https://a?b",
                          "https://a#b", "unix:///run/kube.sock", "https://a%0d%0ab", "https://[v1.x]", "''"}) {
    INFO(url);
    CHECK_THAT(failure(kubeconfig(std::string("    server: ") + url + "\n", "    token: abc\n")),
               ContainsSubstring("cluster c in " + path("config") + ": the cluster"));
  }
  const std::string secret = failure(kubeconfig("    server: https://me:s3cret@a\n", "    token: abc\n"));
  CHECK_THAT(secret, ContainsSubstring("user and password in the URL are not supported"));
  CHECK_THAT(secret, !ContainsSubstring("s3cret"));
}

TEST_CASE_METHOD(KubeconfigFixture, "an auth-provider is refused with what replaces it", "[kubeconfig]") {
  const std::vector<std::pair<std::string, std::string>> cases = {{"gcp", "gke-gcloud-auth-plugin"},
                                                                  {"azure", "kubelogin convert-kubeconfig"},
                                                                  {"oidc", "kubectl oidc-login"},
                                                                  {"openstack", "an exec plugin of your provider"}};
  for (const auto& [name, instead] : cases) {
    const std::string message =
        failure(kubeconfig(kServer, "    auth-provider:\n      name: " + name + "\n      config: {token: s3cret}\n"));
    CHECK_THAT(message, ContainsSubstring("user u in " + path("config") + " uses the auth-provider " + name) &&
                            ContainsSubstring(instead) && !ContainsSubstring("s3cret"));
  }
  // oidc is only asked where there is no token, as in client-go.
  CHECK(load(kubeconfig(kServer, "    token: abc\n    auth-provider: {name: oidc}\n"))->token == "abc");
}

TEST_CASE_METHOD(KubeconfigFixture, "user name and password are read, and refused beside a token", "[kubeconfig]") {
  const auto config = load(kubeconfig(kServer, "    username: me\n    password: s3cret\n"));
  REQUIRE(config.has_value());
  CHECK(config->username == "me");
  CHECK(config->password == "s3cret");
  const std::string message = failure(kubeconfig(kServer, "    token: s3cret\n    username: me\n"));
  CHECK_THAT(message, ContainsSubstring("both a token and username and password") && !ContainsSubstring("s3cret"));
}

TEST_CASE_METHOD(KubeconfigFixture, "whom to impersonate is read", "[kubeconfig]") {
  const auto config = load(kubeconfig(kServer,
                                      "    token: x\n    as: jane\n    as-uid: '7'\n    as-groups: [dev, ops]\n"
                                      "    as-user-extra: {scopes: [view, list], reason: [audit]}\n"));
  REQUIRE(config.has_value());
  CHECK(config->impersonate ==
        Impersonation{"jane", "7", {"dev", "ops"}, {{"scopes", {"view", "list"}}, {"reason", {"audit"}}}});
  CHECK_THAT(failure(kubeconfig(kServer, "    as-groups: [dev]\n")), ContainsSubstring("without a user (as)"));
  CHECK_THAT(failure(kubeconfig(kServer, "    as: \"a\\r\\nX: y\"\n")), ContainsSubstring("control character"));
  CHECK_THAT(failure(kubeconfig(kServer, "    as: a\n    as-groups: dev\n")),
             ContainsSubstring(":12:16: as-groups must be a list"));
  CHECK_THAT(failure(kubeconfig(kServer, "    as: a\n    as-user-extra: [dev]\n")),
             ContainsSubstring("as-user-extra must be a map"));
}

TEST_CASE_METHOD(KubeconfigFixture, "a proxy-url is read, and one that can't be used refused unquoted",
                 "[kubeconfig]") {
  const auto config = load(kubeconfig(kServer + "    proxy-url: http://me:s3cret@proxy:3128\n", "    token: x\n"));
  REQUIRE(config.has_value());
  REQUIRE(config->proxy.has_value());
  CHECK(display_of(*config->proxy) == "http://proxy:3128");
  CHECK(config->proxy->user == "me");
  CHECK(config->proxy->password == "s3cret");
  CHECK_THAT(
      failure(kubeconfig(kServer + "    proxy-url: ftp://me:s3cret@proxy\n", "    token: x\n")),
      ContainsSubstring("cluster c in " + path("config") + ": the proxy of proxy-url can't be used: its scheme") &&
          !ContainsSubstring("s3cret"));
}

TEST_CASE_METHOD(KubeconfigFixture, "a server of plain HTTP gets no credentials", "[kubeconfig]") {
  const auto config = load(kubeconfig("    server: http://kube.example\n", "    token: x\n    as: jane\n"));
  REQUIRE(config.has_value());
  CHECK(config->token.empty());
  CHECK(config->impersonate.user == "jane");
  REQUIRE(config->warnings.size() == 1);
  CHECK_THAT(config->warnings[0], ContainsSubstring("http://kube.example is plain HTTP"));
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
  CHECK_THAT(failure(""), ContainsSubstring(file + " sets no current-context"));
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

TEST_CASE_METHOD(KubeconfigFixture, "empty files of a list are passed over, and a name twice in one file is refused",
                 "[kubeconfig]") {
  const auto empty = folder.write("empty", "");
  const auto full = folder.write("config", kubeconfig(kServer, "    token: x\n"));
  CHECK(load_kubeconfigs({empty, full}, "")->context == "here");
  CHECK_THAT(failure("current-context: a\ncontexts:\n- name: a\n- name: a\n"),
             ContainsSubstring(":4:3: there are two contexts named a"));
}

TEST_CASE_METHOD(KubeconfigFixture, "a client-key alone is of no use, and said so", "[kubeconfig]") {
  const auto config = load(kubeconfig(kServer, "    token: x\n    client-key: gone.key\n"));
  REQUIRE(config.has_value());
  REQUIRE(config->warnings.size() == 1);
  CHECK_THAT(config->warnings[0], ContainsSubstring("client-key without a client-certificate"));
}

TEST_CASE_METHOD(KubeconfigFixture, "flags go over the file", "[kubeconfig]") {
  const std::string text = kubeconfig(kServer + "    tls-server-name: kube.example\n", "    tokenFile: token\n") +
                           "- name: other\n  context: {cluster: gone}\n";
  const auto with = [&](ConnectionOverrides flags, const std::string& context = "") {
    return load_kubeconfig(folder.write("config", text), context, flags);
  };
  const auto plain = with({});
  REQUIRE(plain.has_value());
  CHECK(plain->tls_server_name == "kube.example");
  const auto moved = with({.server = "https://10.9.9.9", .token = "mine", .as = "jane", .as_user_extra = {"a=b=c"}});
  REQUIRE(moved.has_value());
  CHECK(moved->host == "10.9.9.9");
  CHECK(moved->tls_server_name.empty());  // it was that of another server
  CHECK(moved->token == "mine");
  CHECK(moved->token_file.empty());
  CHECK(moved->impersonate == Impersonation{"jane", "", {}, {{"a", {"b=c"}}}});
  CHECK(with({.cluster = "c"}, "other")->host == "10.0.0.1");
  CHECK_THAT(with({.user = "nobody"}).error().message, ContainsSubstring("has no user named nobody; there are: u"));
  CHECK_THAT(with({.as = "a", .as_user_extra = {"odd"}}).error().message, ContainsSubstring("must be KEY=VALUE"));
  CHECK_THAT(with({.as_groups = {"ops"}}).error().message, ContainsSubstring("without a user (as)"));
}

TEST_CASE_METHOD(KubeconfigFixture, "a CA by flag replaces data and distrust, and distrust by flag replaces a CA",
                 "[kubeconfig]") {
  const Identity ca = make_ca("CA");
  const Identity other = make_ca("Other");
  const std::string known = kServer + "    certificate-authority-data: " + base64(ca.cert_pem) + "\n";
  const auto file = folder.write("other.crt", other.cert_pem);
  const auto with = [&](const std::string& cluster, ConnectionOverrides flags) {
    return load_kubeconfig(folder.write("config", kubeconfig(cluster, "    token: x\n")), "", flags);
  };
  CHECK(with(known, {.certificate_authority = file})->ca_pem == other.cert_pem);
  const auto distrustful = with(kServer + "    insecure-skip-tls-verify: true\n", {.certificate_authority = file});
  CHECK_FALSE(distrustful->insecure_skip_tls_verify);
  CHECK(distrustful->warnings.empty());
  const auto careless = with(known, {.insecure_skip_tls_verify = true});
  CHECK(careless->ca_pem.empty());
  REQUIRE(careless->warnings.size() == 1);
  CHECK_THAT(careless->warnings[0], ContainsSubstring("whoever answers at that address is believed"));
}

TEST_CASE_METHOD(KubeconfigFixture, "flags alone are enough to connect", "[kubeconfig]") {
  const auto config = load_kubeconfigs({}, "", {.server = "https://10.0.0.1:6443", .token = "t"});
  REQUIRE(config.has_value());
  CHECK(config->context.empty());
  CHECK(config->token == "t");
}

TEST_CASE("a plugin's settings are made JSON as client-go makes them", "[yaml_json]") {
  const auto json = [](const char* yaml) { return to_json(YAML::Load(yaml)); };
  CHECK(json("{a: b, c: [1, -2, 0.5], d: true, e: null, f: , g: ~}") ==
        R"({"a":"b","c":[1,-2,5E-1],"d":true,"e":null,"f":null,"g":null})");
  CHECK(json("{a: '1', b: \"true\", c: '', d: 1e999, e: .inf, f: 10.0.0.1, g: 2026-01-01}") ==
        R"({"a":"1","b":"true","c":"","d":"1e999","e":".inf","f":"10.0.0.1","g":"2026-01-01"})");
  CHECK(json("{on: off, 7: x}") == R"({"true":false,"7":"x"})");
  CHECK(json("''") == R"("")");
  CHECK_THROWS_AS(json("{[a]: b}"), YAML::Exception);
  CHECK_THROWS_AS(json(std::string(100, '[').append(std::string(100, ']')).c_str()), YAML::Exception);
}

TEST_CASE("base64 is encoded as it is decoded", "[base64]") {
  CHECK(encode_base64("").empty());
  CHECK(encode_base64("f") == "Zg==");
  CHECK(encode_base64("fo") == "Zm8=");
  CHECK(encode_base64("foo") == "Zm9v");
  CHECK(encode_base64("\xfb\xff\xbf") == "+/+/");
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
