#include "kube/token_source.hpp"

#include "temp_dir.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <chrono>
#include <filesystem>

namespace snaptrail::kube {
namespace {

using std::chrono::seconds;
const TokenSource::TimePoint kStart{};

ClusterConfig with_file(std::filesystem::path file, std::string token = {}) {
  ClusterConfig config;
  config.token_file = std::move(file);
  config.token = std::move(token);
  return config;
}

}  // namespace

TEST_CASE("a fixed token stays, and none is empty", "[token_source]") {
  TokenSource fixed(with_file({}, "abc\n"));
  CHECK(fixed.token(kStart).value() == "abc");
  CHECK_FALSE(fixed.expire());
  CHECK(fixed.token(kStart).value() == "abc");
  TokenSource none(with_file({}));
  CHECK(none.token(kStart).value().empty());
}

TEST_CASE("a token file is read at most every minute, and at once after a refusal", "[token_source]") {
  test::TempDir folder;
  TokenSource source(with_file(folder.write("token", " one\n"), "fixed"));
  CHECK(source.token(kStart).value() == "one");
  folder.write("token", "two");
  CHECK(source.token(kStart + seconds(59)).value() == "one");
  CHECK(source.token(kStart + seconds(60)).value() == "two");
  folder.write("token", "three");
  CHECK(source.token(kStart + seconds(61)).value() == "two");
  CHECK(source.expire());
  CHECK(source.token(kStart + seconds(61)).value() == "three");
}

TEST_CASE("the last good token is kept while the file is missing, empty or no token", "[token_source]") {
  test::TempDir folder;
  const auto file = folder.write("token", "good");
  TokenSource source(with_file(file));
  auto now = kStart;
  REQUIRE(source.token(now).value() == "good");
  for (const char* bad : {"", " \n", "two\r\nX-Evil: header", "nul\x01"}) {
    folder.write("token", bad);
    CHECK(source.token(now += seconds(60)).value() == "good");
  }
  std::filesystem::remove(file);
  CHECK(source.token(now += seconds(60)).value() == "good");
  folder.write("token", "better");
  CHECK(source.token(now += seconds(60)).value() == "better");
}

TEST_CASE("a token file that was never good is an error, unless there is a fixed token", "[token_source]") {
  test::TempDir folder;
  const auto missing = folder.path() / "none";
  TokenSource source(with_file(missing));
  const auto failed = source.token(kStart);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code == Errc::invalid_config);
  CHECK(failed.error().message == "can't read the token file " + missing.string() + ": No such file or directory");
  folder.write("none", "there now");
  CHECK_FALSE(source.token(kStart).has_value());  // a blank inside is no token
  folder.write("none", "there");
  CHECK(source.token(kStart).value() == "there");
  TokenSource with_fixed(with_file(folder.path() / "missing", "fixed"));
  CHECK(with_fixed.token(kStart).value() == "fixed");
}

}  // namespace snaptrail::kube
