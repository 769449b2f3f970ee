#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

// Runs `action` in a process without root's rights, where the modes of files count; its exit code.
int as_nobody(const std::function<int()>& action) {
  const auto child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(100);
    ::_exit(action());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

int code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return 10 + static_cast<int>(error.code());
  }
  return 0;
}

constexpr int kIo = 10 + static_cast<int>(Errc::io);

void commit_one(const fs::path& file) {
  auto ledger = open(file);
  auto batch = batch_of({row(1)});
  ledger.commit(batch);
}

}  // namespace

TEST_CASE("a file that is no database is refused and left as it is", "[open]") {
  TempDir dir;
  const std::string garbage(5'000, '#');
  write_file(dir.file(), garbage);
  for (const auto mode : {Ledger::Mode::ReadWrite, Ledger::Mode::ReadOnly}) {
    const auto error = error_of([&] { Ledger(dir.file(), mode); });
    CHECK(error.code() == Errc::not_ours);
    CHECK_THAT(error.what(), ContainsSubstring(dir.file().string()) && ContainsSubstring("no SQLite database") &&
                                 ContainsSubstring("choose another file"));
  }
  CHECK(read_file(dir.file()) == garbage);
}

TEST_CASE("another program's database is refused and left as it is", "[open]") {
  TempDir dir;
  sql(dir.file(), "CREATE TABLE rows (a); INSERT INTO rows VALUES (1)");
  const auto before = read_file(dir.file());
  for (const auto mode : {Ledger::Mode::ReadWrite, Ledger::Mode::ReadOnly}) {
    const auto error = error_of([&] { Ledger(dir.file(), mode); });
    CHECK(error.code() == Errc::not_ours);
    CHECK_THAT(error.what(), ContainsSubstring("another program"));
  }
  CHECK(read_file(dir.file()) == before);
}

TEST_CASE("a truncated file is called damaged", "[open]") {
  TempDir dir;
  commit_one(dir.file());
  const auto whole = read_file(dir.file());
  REQUIRE(whole.size() > 4096 * 4);
  for (const auto size : {std::size_t{4096}, whole.size() / 2, whole.size() - 4096, std::size_t{4097}}) {
    CAPTURE(size);
    write_file(dir.file(), whole.substr(0, size));
    const auto error = error_of([&] { open(dir.file()); });
    CHECK(error.code() == Errc::corrupt);
    CHECK_THAT(error.what(), ContainsSubstring("damaged") && ContainsSubstring("backup"));
  }
}

TEST_CASE("an empty file becomes a ledger, and is none before", "[open]") {
  TempDir dir;
  write_file(dir.file(), "");
  CHECK(error_of([&] { open_reader(dir.file()); }).code() == Errc::not_ours);
  CHECK(rows_of(open(dir.file())).empty());
  CHECK(rows_of(open_reader(dir.file())).empty());
}

TEST_CASE("a directory in the file's place and a directory that is missing are named", "[open]") {
  TempDir dir;
  auto error = error_of([&] { open(dir.path()); });
  CHECK(error.code() == Errc::not_ours);
  CHECK_THAT(error.what(), ContainsSubstring("this is a directory"));
  error = error_of([&] { open(dir.path() / "no" / "ledger.db"); });
  CHECK(error.code() == Errc::io);
  CHECK_THAT(error.what(), ContainsSubstring((dir.path() / "no").string() + " does not exist"));
  CHECK_FALSE(fs::exists(dir.path() / "no"));
  error = error_of([&] { open_reader(dir.file()); });
  CHECK(error.code() == Errc::io);
  CHECK_THAT(error.what(), ContainsSubstring("no such file"));
}

TEST_CASE("a second writer is refused and told who the first one is", "[open]") {
  TempDir dir;
  const auto first = open(dir.file());
  fs::create_symlink(dir.file(), dir.path() / "other-name.db");
  for (const auto& file : {dir.file(), dir.path() / "other-name.db"}) {
    const auto error = error_of([&] { open(file); });
    CHECK(error.code() == Errc::locked);
    CHECK_THAT(error.what(), ContainsSubstring("process " + std::to_string(::getpid()) + " on host ") &&
                                 ContainsSubstring(" since 2") && ContainsSubstring("stop that one"));
  }
  CHECK(rows_of(open_reader(dir.file())).empty());
}

TEST_CASE("another process is refused while the first has the file, and let in after it", "[open]") {
  TempDir dir;
  const auto try_it = [&] { return code_of([&] { open(dir.file()); }); };
  {
    const auto first = open(dir.file());
    CHECK(as_nobody([] { return 0; }) == 0);
    const auto child = ::fork();
    if (child == 0) ::_exit(try_it());
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WEXITSTATUS(status) == 10 + static_cast<int>(Errc::locked));
  }
  CHECK(try_it() == 0);
}

TEST_CASE("a lock file left by a process that died does not lock", "[open]") {
  TempDir dir;
  write_file(dir.file().string() + ".lock", "process 1 on host gone since 2020-01-01T00:00:00.000Z\n");
  CHECK(rows_of(open(dir.file())).empty());
}

TEST_CASE("a path that may not be written is an error that says so", "[open]") {
  TempDir dir;
  ::chmod(dir.path().c_str(), 0555);
  CHECK(as_nobody([&] { return code_of([&] { open(dir.file()); }); }) == kIo);
  ::chmod(dir.path().c_str(), 0777);
  commit_one(dir.file());
  ::chmod(dir.file().c_str(), 0000);
  ::chmod((dir.file().string() + ".lock").c_str(), 0666);
  CHECK(as_nobody([&] { return code_of([&] { open(dir.file()); }); }) == kIo);
  CHECK(as_nobody([&] { return code_of([&] { open_reader(dir.file()); }); }) == kIo);
  ::chmod(dir.path().c_str(), 0755);
}

TEST_CASE("a copy is read in a directory where nothing can be written", "[open]") {
  TempDir dir;
  commit_one(dir.file());
  ::chmod(dir.file().c_str(), 0444);
  ::chmod(dir.path().c_str(), 0555);
  CHECK(as_nobody([&] { return rows_of(open_reader(dir.file())).size() == 1 ? 0 : 1; }) == 0);
  ::chmod(dir.path().c_str(), 0755);
}

TEST_CASE("a copy whose newest rows are in a log out of reach is an error that says what to copy", "[open]") {
  TempDir dir;
  const auto copy = dir.path() / "copy";
  fs::create_directory(copy);
  {
    auto ledger = open(dir.file());
    auto batch = batch_of({row(1)});
    ledger.commit(batch);
    fs::copy(dir.file(), copy / "ledger.db");
    fs::copy(dir.file().string() + "-wal", copy / "ledger.db-wal");
  }
  ::chmod((copy / "ledger.db").c_str(), 0444);
  ::chmod((copy / "ledger.db-wal").c_str(), 0444);
  ::chmod(dir.path().c_str(), 0755);
  ::chmod(copy.c_str(), 0555);
  const auto result = as_nobody([&] {
    try {
      open_reader(copy / "ledger.db");
    } catch (const Error& error) {
      return std::string(error.what()).find("copy both files") != std::string::npos ? 7 : 1;
    }
    return 0;
  });
  CHECK(result == 7);
  ::chmod(copy.c_str(), 0755);
  CHECK(rows_of(open_reader(copy / "ledger.db")).size() == 1);
}

TEST_CASE("a ledger in a path with characters of URIs is opened as it is named", "[open]") {
  TempDir dir;
  const auto file = dir.path() / "file:50%25?mode=memory#x.db";
  commit_one(file);
  CHECK(fs::exists(file));
  ::chmod(file.c_str(), 0444);
  ::chmod(dir.path().c_str(), 0555);
  CHECK(as_nobody([&] { return rows_of(open_reader(file)).size() == 1 ? 0 : 1; }) == 0);
  ::chmod(dir.path().c_str(), 0755);
}

TEST_CASE("a file that was deleted under its writer takes no more commits", "[open]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto batch = batch_of({row(1)});
  ledger.commit(batch);
  fs::rename(dir.file(), dir.path() / "moved.db");
  const auto error = error_of([&] { ledger.commit(batch); });
  CHECK(error.code() == Errc::io);
  CHECK_THAT(error.what(), ContainsSubstring("moved or deleted"));
  fs::rename(dir.path() / "moved.db", dir.file());
  ledger.commit(batch);
  CHECK(rows_of(ledger).size() == 2);
}

TEST_CASE("a ledger opened for reading takes no commit", "[open]") {
  TempDir dir;
  commit_one(dir.file());
  auto reader = open_reader(dir.file());
  auto batch = batch_of({row(2)});
  CHECK_THAT(error_of([&] { reader.commit(batch); }).what(), ContainsSubstring("for reading only"));
  CHECK(batch.rows.size() == 1);
}
