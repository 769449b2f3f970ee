#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;

namespace {

// Commits batches of three rows without end and reports the last seq of each on `out`, after it was committed.
[[noreturn]] void commit_for_ever(const std::filesystem::path& file, int out) {
  try {
    auto ledger = open(file);
    for (;;) {
      auto batch = batch_of({row(1), row(2), row(3)});
      for (auto& row : batch.rows) row.message.assign(700, 'x');
      batch.records = {record(1, objects::State::Ready)};
      ledger.commit(batch);
      const auto seq = batch.rows.back().seq;
      if (::write(out, &seq, sizeof seq) != sizeof seq) ::_exit(1);
    }
  } catch (const std::exception&) {
    ::_exit(2);
  }
}

// Lets a child commit until it has reported `reports` batches and some instructions more have passed, then kills it.
// Returns the last seq that it reported.
std::int64_t kill_after(const std::filesystem::path& file, int reports, unsigned spin) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    commit_for_ever(file, ends[1]);
  }
  ::close(ends[1]);
  std::int64_t seq = 0;
  std::int64_t read = 0;
  for (int i = 0; i < reports && ::read(ends[0], &read, sizeof read) == sizeof read; ++i) seq = read;
  for (std::atomic<unsigned> i = 0; i < spin; ++i) {
  }
  ::kill(child, SIGKILL);
  // What it could still report before it died is acknowledged too.
  while (::read(ends[0], &read, sizeof read) == sizeof read) seq = read;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  return seq;
}

}  // namespace

TEST_CASE("a writer that is killed at any moment loses no row that it acknowledged", "[kill]") {
  const TempDir dir;
  std::mt19937 random(20261123);
  for (int i = 0; i < 30; ++i) {
    CAPTURE(i);
    const auto acknowledged = kill_after(dir.file(), static_cast<int>(random() % 4), random() % 200'000);
    REQUIRE(sql(dir.file(), "PRAGMA quick_check") == "ok");
    auto ledger = open(dir.file());
    const auto last = ledger.last_seq();
    REQUIRE(last >= acknowledged);
    REQUIRE(last % 3 == 0);
    REQUIRE(sql(dir.file(), "SELECT count(*) || ' ' || ifnull(max(seq), 0) FROM rows") ==
            std::to_string(last) + " " + std::to_string(last));
  }
  CHECK(open(dir.file()).last_seq() > 0);
}
