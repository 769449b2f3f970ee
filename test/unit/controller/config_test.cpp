#include "controller/config.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace snaptrail::controller;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The error that a text ends with.
ConfigError error_of(const std::string& text) {
  std::optional<ConfigError> caught;
  try {
    parse_config(text, "snaptrail.yaml");
  } catch (const ConfigError& error) {
    caught = error;
  }
  INFO("the text:\n" << text);
  REQUIRE(caught);
  return *caught;
}

/// A file of the given content that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    char name[] = "/tmp/snaptrail-config-XXXXXX";
    const int descriptor = ::mkstemp(name);
    REQUIRE(descriptor >= 0);
    ::close(descriptor);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("an empty text, a comment, a lone null and empty sections are all defaults", "[config]") {
  for (const char* text : {"", "# nothing\n", "null\n", "---\n", "ledger:\nlog: {}\nlisten:\n"}) {
    CAPTURE(text);
    CHECK(parse_config(text, "snaptrail.yaml") == Config());
  }
}

TEST_CASE("every key sets its own member and nothing else", "[config]") {
  Config expected;
  const auto check = [&expected](const std::string& text) {
    CAPTURE(text);
    CHECK(parse_config(text, "snaptrail.yaml") == expected);
    CHECK_FALSE(expected == Config());
    expected = Config();
  };
  expected.cluster = "prod-eu-1";
  check("cluster: prod-eu-1");
  expected.kubeconfig = "/etc/kube config";
  check("kubeconfig: /etc/kube config");
  expected.context = "admin@prod";
  check("context: admin@prod");
  expected.ledger.path = "/var/lib/snaptrail/ledger.db";
  check("ledger: {path: /var/lib/snaptrail/ledger.db}");
  expected.ledger.retention = 36h;
  check("ledger: {retention: 1d12h}");
  expected.ledger.commit_delay = 0ms;
  check("ledger: {commitDelay: 0}");
  expected.ledger.max_queued_rows = 1000;
  check("ledger: {maxQueuedRows: 1000}");
  expected.listen = {"::", 9090};
  check("listen: '[::]:9090'");
  expected.log.level = LogLevel::Warn;
  check("log: {level: warn}");
  expected.log.format = LogFormat::Json;
  check("log: {format: json}");
  expected.object_metrics.enabled = false;
  check("objectMetrics: {enabled: false}");
  expected.object_metrics.max_objects = 0;
  check("objectMetrics: {maxObjects: 0}");
  expected.object_metrics.namespaces = {"orders", "payments"};
  check("objectMetrics: {namespaces: [payments, orders, payments]}");
  expected.velero = VeleroMode::Off;
  check("velero: {enabled: false}");
  expected.watch.audit = 0ms;
  check("watch: {audit: 0}");
  expected.retry_absent = 90s;
  check("retryAbsent: 1m30s");
  expected.shutdown_timeout = 10min;
  check("shutdown: {timeout: 10m}");
}

TEST_CASE("an unknown key is an error with its file, line and column, and the key that may be meant", "[config]") {
  const auto error = error_of("cluster: a\nledger:\n  pth: /x\n");
  CHECK(error.line() == 3);
  CHECK(error.column() == 3);
  CHECK(std::string(error.what()) == "snaptrail.yaml:3:3: unknown key \"ledger.pth\"; did you mean ledger.path?");

  CHECK_THAT(error_of("Listen: 127.0.0.1:1").what(), ContainsSubstring("did you mean listen?"));
  CHECK_THAT(error_of("retention: 5d").what(), ContainsSubstring("did you mean ledger.retention?"));
  CHECK_THAT(error_of("objectmetrics: {}").what(), ContainsSubstring("did you mean objectMetrics?"));
  CHECK_THAT(error_of("log: {ledger: {}}").what(), ContainsSubstring("unknown key \"log.ledger\""));
  CHECK_THAT(error_of("zebra: 1").what(), ContainsSubstring("docs/config.md lists the keys"));
  CHECK_THAT(error_of("a\\b: 1\n\"x\\e[31m\": 1").what(), ContainsSubstring("unknown key"));
  CHECK_THAT(error_of("\"x\\e[31m\": 1").what(), !ContainsSubstring("\x1b"));
  CHECK_THAT(error_of(std::string(5'000, 'k') + ": 1").what(),
             ContainsSubstring("no valid YAML") || ContainsSubstring("…"));
}

TEST_CASE("merge keys are unknown keys, not a way around the check", "[config]") {
  CHECK_THAT(error_of("log: &l {level: info}\n<<: {zebra: 1}\n").what(), ContainsSubstring("unknown key \"<<\""));
}

TEST_CASE("a key given twice is an error at its second place", "[config]") {
  const auto error = error_of("log:\n  level: info\n  level: warn\n");
  CHECK(error.line() == 3);
  CHECK(error.column() == 3);
  CHECK_THAT(error.what(), ContainsSubstring("\"log.level\" is there twice"));
  CHECK(error_of("log: {}\nlisten: '127.0.0.1:1'\nlog: {}\n").line() == 3);
}

TEST_CASE("a value of the wrong shape is an error that says which shape is right", "[config]") {
  CHECK_THAT(error_of("ledger: ./x.db").what(), ContainsSubstring("1:9: ledger has to be a mapping"));
  CHECK_THAT(error_of("- cluster").what(), ContainsSubstring("the configuration has to be a mapping"));
  CHECK_THAT(error_of("just text").what(), ContainsSubstring("the configuration has to be a mapping"));
  CHECK_THAT(error_of("cluster: [a]").what(), ContainsSubstring("cluster: is a list; one value is expected"));
  CHECK_THAT(error_of("cluster: {a: b}").what(), ContainsSubstring("cluster has no keys below it"));
  CHECK_THAT(error_of("[a, b]: c").what(), ContainsSubstring("a key has to be a plain word"));
  CHECK_THAT(error_of("objectMetrics: {namespaces: one}").what(), ContainsSubstring("is no list; write [one, two]"));
  CHECK_THAT(error_of("objectMetrics: {namespaces: [[a]]}").what(), ContainsSubstring("every item"));
  CHECK_THAT(error_of("cluster: a\n---\ncluster: b\n").what(), ContainsSubstring("a second document"));
}

TEST_CASE("values out of their range are refused where they stand", "[config]") {
  const auto error = error_of("shutdown:\n  timeout: 11m\n");
  CHECK(std::string(error.what()) == "snaptrail.yaml:2:12: shutdown.timeout: \"11m\" is out of range: 1s to 10m");
  for (const char* text : {"shutdown: {timeout: 0}",
                           "retryAbsent: 500ms",
                           "retryAbsent: 2h",
                           "ledger: {commitDelay: 11s}",
                           "ledger: {retention: 30m}",
                           "ledger: {retention: 90m}",
                           "ledger: {retention: 36501d}",
                           "ledger: {maxQueuedRows: 999}",
                           "ledger: {maxQueuedRows: 1e6}",
                           "ledger: {maxQueuedRows: -1}",
                           "ledger: {maxQueuedRows: 99999999999999999999}",
                           "objectMetrics: {maxObjects: 0x10}",
                           "ledger: {path: ''}",
                           "objectMetrics: {enabled: yes}",
                           "objectMetrics: {enabled: 1}",
                           "velero: {enabled: true}",
                           "log: {level: INFO}",
                           "log: {format: logfmt}",
                           "objectMetrics: {namespaces: [Not_A_Name]}",
                           "objectMetrics: {namespaces: ['']}",
                           "cluster: \"a\\nb\"",
                           "cluster: \"a\\0b\""}) {
    CAPTURE(text);
    CHECK(error_of(text).line() == 1);
  }
  CHECK_THAT(error_of("cluster: " + std::string(254, 'c')).what(), ContainsSubstring("at most 253 fit"));
}

TEST_CASE("text that is no YAML is an error with the place where it stops being any", "[config]") {
  const auto error = error_of("cluster: a\nlog: [\n");
  CHECK(error.line() > 1);
  CHECK_THAT(error.what(), ContainsSubstring("no valid YAML"));
  CHECK_THAT(error_of("log: *nowhere").what(), ContainsSubstring("no valid YAML"));
  CHECK_THAT(error_of(std::string(100'000, '[')).what(), ContainsSubstring("no valid YAML"));
}

TEST_CASE("a configuration that contains itself ends in an error", "[config]") {
  CHECK_THAT(error_of("ledger: &l\n  path: *l\n").what(), ContainsSubstring("snaptrail.yaml:"));
  CHECK_THAT(error_of("&top\nledger: *top\n").what(), ContainsSubstring("unknown key \"ledger.ledger\""));
}

TEST_CASE("flags win over the file, later flags over earlier ones", "[config]") {
  auto config = parse_config("listen: 127.0.0.1:1\nledger: {path: a.db, retention: 1h}", "snaptrail.yaml");
  override_config(config, {{"listen", "[::1]:2", "--listen"},
                           {"ledger.path", "b.db", "--ledger"},
                           {"ledger.path", "c.db", "--ledger"},
                           {"objectMetrics.namespaces", "b,a", "--object-metrics-namespaces"}});
  CHECK(config.listen == ListenAddress{"::1", 2});
  CHECK(config.ledger.path == "c.db");
  CHECK(config.ledger.retention == 1h);
  CHECK(config.object_metrics.namespaces == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a bad flag is an error that names the flag", "[config]") {
  Config config;
  CHECK_THROWS_WITH(override_config(config, {{"listen", "8080", "--listen"}}),
                    ContainsSubstring("--listen: \"8080\" has no port"));
  CHECK_THROWS_WITH(override_config(config, {{"log.level", "loud", "--log-level"}}),
                    ContainsSubstring("debug, info, warn, error"));
  CHECK_THROWS_AS(override_config(config, {{"nowhere", "1", "--nowhere"}}), std::logic_error);
  CHECK(config == Config());
}

TEST_CASE("a file is read from the disk, and one that can't be says why", "[config]") {
  const TemporaryFile good("cluster: from-file\n");
  CHECK(load_config(good.path()).cluster == "from-file");

  const TemporaryFile bad("clutser: x\n");
  CHECK_THROWS_WITH(load_config(bad.path()), ContainsSubstring(bad.path().string() + ":1:1: unknown key"));
  CHECK_THROWS_WITH(load_config("/nowhere/snaptrail.yaml"), ContainsSubstring("No such file"));
  CHECK_THROWS_WITH(load_config("/tmp"), ContainsSubstring("is a directory"));

  const TemporaryFile large("# " + std::string(1u << 20, 'x'));
  CHECK_THROWS_WITH(load_config(large.path()), ContainsSubstring("larger than 1 MiB"));
}

TEST_CASE("the description of a configuration reads back as the same", "[config]") {
  Config config;
  config.cluster = "prod";
  config.listen = {"::", 1};
  config.ledger.retention = 0h;
  const auto text = describe(config);
  CHECK_THAT(text, ContainsSubstring("cluster: prod\n"));
  CHECK_THAT(text, ContainsSubstring("listen: [::]:1\n"));
  CHECK_THAT(text, ContainsSubstring("ledger.retention: 0\n"));
  CHECK_THAT(text, ContainsSubstring("objectMetrics.namespaces: []\n"));
}

TEST_CASE("limits of diagnosis are read for all, by driver and by class", "[config]") {
  const auto config = parse_config(
      "diagnosis: {stuckAfter: {uploading: 2h, drivers: [ebs.csi.aws.com uploading 3h, ebs.csi.aws.com creating 10m], "
      "classes: [slow deleting 1h]}, learned: false}",
      "file");
  using snaptrail::reconcilers::Phase;
  using std::chrono::minutes;
  const auto limit = [&](Phase phase, std::string_view driver, std::string_view class_name) {
    return config.diagnosis.of(phase, driver, class_name, {}, {}).after;
  };
  CHECK(limit(Phase::Uploading, "other", "") == minutes(120));
  CHECK(limit(Phase::Uploading, "ebs.csi.aws.com", "") == minutes(180));
  CHECK(limit(Phase::Creating, "ebs.csi.aws.com", "") == minutes(10));
  CHECK(limit(Phase::Deleting, "ebs.csi.aws.com", "slow") == minutes(60));
  CHECK_FALSE(config.diagnosis.learned);
}

TEST_CASE("a limit of diagnosis that can't be used is refused with its place", "[config]") {
  for (const auto& [item, why] : {std::pair{"x uploading", "NAME PHASE DURATION"},
                                  {"x loading 1h", "no phase"},
                                  {"x uploading 1h 2h", "NAME PHASE DURATION"},
                                  {"x uploading 0", "1s"},
                                  {"x uploading soon", "soon"}}) {
    const std::string text = std::string("diagnosis: {stuckAfter: {drivers: [") + item + "]}}";
    CAPTURE(text);
    try {
      parse_config(text, "file");
      FAIL("it was taken");
    } catch (const ConfigError& error) {
      CHECK(error.line() == 1);
      CHECK(std::string(error.what()).find(why) != std::string::npos);
      CHECK(std::string(error.what()).find("diagnosis.stuckAfter.drivers") != std::string::npos);
    }
  }
}

TEST_CASE("targets of coverage are durations or none, for all, by namespace and by StorageClass", "[config]") {
  const auto coverage = parse_config(
                            "coverage:\n"
                            "  target: none\n"
                            "  namespaces: [payments 4h, ci-cache none]\n"
                            "  storageClasses: [fast 1d12h]\n",
                            "snaptrail.yaml")
                            .coverage;
  CHECK_FALSE(coverage.targets.standard);
  CHECK(coverage.targets.by_namespace.at("payments") == snaptrail::reconcilers::RpoLimit(4h));
  CHECK_FALSE(coverage.targets.by_namespace.at("ci-cache"));
  CHECK(coverage.targets.by_class.at("fast") == snaptrail::reconcilers::RpoLimit(36h));
  CHECK(parse_config("", "snaptrail.yaml").coverage.targets.standard == snaptrail::reconcilers::RpoLimit(26h));
  for (const char* wrong : {"target: 30s", "target: 366d", "target: daily", "namespaces: [payments]",
                            "namespaces: [payments 4h x]", "namespaces: [a 4h, a 5h]", "storageClasses: [fast 1]"}) {
    CAPTURE(wrong);
    CHECK(error_of("coverage:\n  " + std::string(wrong) + "\n").line() == 2);
  }
}

TEST_CASE("namespaces are named or selected by their labels, not both", "[config]") {
  const auto named = parse_config("watch:\n  namespaces: [shop, bank]\n", "snaptrail.yaml");
  CHECK(named.watch.namespaces == std::vector<std::string>{"bank", "shop"});
  CHECK(parse_config("watch: {namespaceSelector: 'team=a,!b'}", "snaptrail.yaml").watch.selector == "team=a,!b");
  CHECK_THAT(error_of("watch: {namespaces: [shop], namespaceSelector: team=a}").what(),
             ContainsSubstring("exclude each other"));
  CHECK_THAT(error_of("watch: {namespaceSelector: 'team in (a'}").what(), ContainsSubstring("parentheses"));
  CHECK_THAT(error_of("velero: {namespace: Open_Shift}").what(), ContainsSubstring("can't be the name"));
  Config config = named;
  CHECK_THROWS_AS(override_config(config, {{"watch.namespaceSelector", "team=a", "--namespace-selector"}}),
                  ConfigError);
  config = named;
  override_config(config, {{"watch.namespaces", "", "--namespaces"},
                           {"watch.namespaceSelector", "team=a", "--namespace-selector"}});
  CHECK(config.watch.namespaces.empty());
}
