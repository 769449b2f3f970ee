#include "controller/config_reload.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "controller/config_keys.hpp"

using namespace snaptrail::controller;
using snaptrail::reconcilers::Phase;
using std::chrono::minutes;

namespace {

Config config_of(const std::string& text) { return parse_config(text, "config.yaml"); }

}  // namespace

TEST_CASE("limits, the log's level and the object metrics are taken over, and said as old and new", "[reload]") {
  const Config running = config_of("log: {level: info}");
  ConfigReload reload("config.yaml", {}, running);
  const auto verdict = reload.offer(
      "log: {level: debug}\nobjectMetrics: {maxObjects: 7}\ndiagnosis: {stuckAfter: {creating: 10m, drivers: [a "
      "uploading 2h]}}");
  REQUIRE(verdict.change);
  CHECK(verdict.change->config.log.level == LogLevel::Debug);
  CHECK(verdict.change->config.object_metrics.max_objects == 7);
  CHECK(verdict.change->config.diagnosis.of(Phase::Creating, "", "", "", {}).after == minutes(10));
  CHECK(verdict.change->config.diagnosis.of(Phase::Uploading, "a", "", "", {}).after == minutes(120));
  CHECK(verdict.change->taken == std::vector<std::string>{"log.level: info -> debug",
                                                          "objectMetrics.maxObjects: 5000 -> 7",
                                                          "diagnosis.stuckAfter.creating: 5m -> 10m",
                                                          "diagnosis.stuckAfter.drivers: [] -> [a uploading 2h]"});
  CHECK(verdict.change->needs_restart.empty());
  CHECK(reload.running() == verdict.change->config);
}

TEST_CASE("a key that takes a restart is named, and stays as it runs", "[reload]") {
  ConfigReload reload("config.yaml", {}, config_of("listen: 127.0.0.1:1\nledger: {retention: 7d}"));
  const auto verdict = reload.offer("listen: 127.0.0.1:2\nledger: {retention: 8d}\nlog: {level: warn}");
  REQUIRE(verdict.change);
  CHECK(verdict.change->needs_restart == std::vector<std::string>{"ledger.retention", "listen"});
  CHECK(verdict.change->taken == std::vector<std::string>{"log.level: info -> warn"});
  CHECK(reload.running().listen.port == 1);
  CHECK(reload.running().ledger.retention == std::chrono::hours(7 * 24));
  CHECK(reload.running().log.level == LogLevel::Warn);
}

TEST_CASE("a file that can't be used changes nothing, and says where it is wrong", "[reload]") {
  ConfigReload reload("config.yaml", {}, config_of("log: {level: warn}"));
  for (const char* text : {"log: {level: loud}", "log: [", "diagnosis: {stuckAfter: {creating: 0s}}", "nonsense: 1",
                           "tls: {certFile: /a}"}) {
    CAPTURE(text);
    const auto verdict = reload.offer(text);
    CHECK_FALSE(verdict.change);
    CHECK(verdict.error.size() > 10);
    CHECK(reload.running().log.level == LogLevel::Warn);
  }
  CHECK(reload.offer("log: {level: loud}").error.starts_with("config.yaml:1:14: log.level:"));
  const auto mended = reload.offer("log: {level: error}");
  REQUIRE(mended.change);
  CHECK(reload.running().log.level == LogLevel::Error);
}

TEST_CASE("flags go over every version of the file", "[reload]") {
  Config running = config_of("log: {level: warn}");
  const std::vector<Override> flags{{"log.level", "debug", "--log-level"}};
  override_config(running, flags);
  ConfigReload reload("config.yaml", flags, running);
  const auto verdict = reload.offer("log: {level: error}\nobjectMetrics: {enabled: false}");
  REQUIRE(verdict.change);
  CHECK(reload.running().log.level == LogLevel::Debug);
  CHECK_FALSE(reload.running().object_metrics.enabled);
}

TEST_CASE("the same file again, and an empty one after defaults, change nothing", "[reload]") {
  ConfigReload reload("config.yaml", {}, Config());
  for (const char* text : {"", "log: {level: info}", "# nothing\n"}) {
    const auto verdict = reload.offer(text);
    REQUIRE(verdict.change);
    CHECK(verdict.change->taken.empty());
    CHECK(verdict.change->needs_restart.empty());
  }
}

TEST_CASE("every key either takes effect or is told to need a restart", "[reload]") {
  std::size_t reloadable = 0;
  for (const auto& key : config_keys()) reloadable += is_reloadable(key.path) ? 1 : 0;
  CHECK(reloadable == 15);
  CHECK_FALSE(is_reloadable("log.format"));
  CHECK_FALSE(is_reloadable("listen"));
  CHECK_FALSE(is_reloadable("auth.enabled"));
}

TEST_CASE("a certificate without its key is refused, and the other way round", "[reload]") {
  CHECK_THROWS_AS(check_config(config_of("tls: {certFile: /a}")), ConfigError);
  CHECK_THROWS_AS(check_config(config_of("tls: {keyFile: /a}")), ConfigError);
  CHECK_NOTHROW(check_config(config_of("tls: {certFile: /a, keyFile: /b}")));
  CHECK_NOTHROW(check_config(Config()));
}
