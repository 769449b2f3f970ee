#include "controller/file_watch.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../kube/temp_dir.hpp"

using namespace snaptrail;
using controller::FileWatch;
using kube::test::TempDir;
namespace fs = std::filesystem;

namespace {

/// Only a test that fails waits that long.
constexpr std::chrono::seconds kPatience{60};

struct Watched {
  explicit Watched(std::vector<fs::path> files) : watch(io.get_executor(), std::chrono::milliseconds(5)) {
    watch.add(std::move(files), "file", [this](const FileWatch::Contents& contents) { told.push_back(contents); });
    watch.start();
  }
  const FileWatch::Contents& await(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (told.size() < count) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      io.run_one_for(std::chrono::milliseconds(50));
    }
    return told.at(count - 1);
  }

  boost::asio::io_context io;
  /// Of the whole test: where the last of a context's work ends, the context stops.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard = boost::asio::make_work_guard(io);
  std::vector<FileWatch::Contents> told;
  FileWatch watch;
};

/// As the kubelet does it: a new folder, and the link `..data` to it replaced in one step.
void project(const TempDir& dir, const std::string& version, const std::string& cert, const std::string& key) {
  dir.write(version + "/tls.crt", cert);
  dir.write(version + "/tls.key", key);
  fs::create_directory_symlink(version, dir.path() / "..data_tmp");
  fs::rename(dir.path() / "..data_tmp", dir.path() / "..data");
}

}  // namespace

TEST_CASE("what a file holds is told at first, and when it is another text", "[file watch]") {
  const TempDir dir;
  const auto file = dir.write("config.yaml", "one");
  Watched watched({file});
  CHECK(watched.await(1).at(0).value() == "one");
  dir.write("new", "two");
  fs::rename(dir.path() / "new", file);
  CHECK(watched.await(2).at(0).value() == "two");
}

TEST_CASE("a projected volume's swap of links is told as one change of all its files", "[file watch]") {
  const TempDir dir;
  project(dir, "v1", "cert 1", "key 1");
  fs::create_symlink("..data/tls.crt", dir.path() / "tls.crt");
  fs::create_symlink("..data/tls.key", dir.path() / "tls.key");
  Watched watched({dir.path() / "tls.crt", dir.path() / "tls.key"});
  watched.await(1);
  project(dir, "v2", "cert 2", "key 2");
  const auto& contents = watched.await(2);
  CHECK(contents.at(0).value() == "cert 2");
  CHECK(contents.at(1).value() == "key 2");
}

TEST_CASE("a file that vanishes is told with the reason, and told again when it is back", "[file watch]") {
  const TempDir dir;
  const auto file = dir.write("config.yaml", "one");
  Watched watched({file});
  watched.await(1);
  fs::remove(file);
  const auto& gone = watched.await(2);
  REQUIRE_FALSE(gone.at(0).has_value());
  CHECK(gone.at(0).error().message.find("config.yaml: No such file") != std::string::npos);
  dir.write("config.yaml", "one");
  CHECK(watched.await(3).at(0).value() == "one");
}

TEST_CASE("who asks is told also that nothing has changed", "[file watch]") {
  const TempDir dir;
  Watched watched({dir.write("config.yaml", "one")});
  watched.await(1);
  watched.watch.look_now();
  CHECK(watched.await(2).at(0).value() == "one");
}

TEST_CASE("a file beyond 1 MiB, and a folder, are no contents", "[file watch]") {
  const TempDir dir;
  Watched watched({dir.write("large", std::string(FileWatch::kMaxBytes + 1, 'x')), dir.path()});
  const auto& contents = watched.await(1);
  CHECK_FALSE(contents.at(0).has_value());
  CHECK_FALSE(contents.at(1).has_value());
}
