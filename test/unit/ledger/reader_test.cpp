#include "ledger/reader.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;
using namespace std::chrono_literals;

namespace {

/// Asks and waits; what the query's Done was told.
std::exception_ptr ask(Reader& reader, Reader::Query query) {
  std::promise<std::exception_ptr> told;
  const bool taken =
      reader.ask(std::move(query), [&](std::exception_ptr failure) { told.set_value(std::move(failure)); });
  REQUIRE(taken);
  return told.get_future().get();
}

Errc code_of(const std::exception_ptr& failure) {
  REQUIRE(failure);
  return error_of([&] { std::rethrow_exception(failure); }).code();
}

/// Runs for ever, unless SQLite is told to end it.
void run_for_ever(const Ledger& ledger) {
  for (;;) ledger.for_each_row({.name = "nothing"}, [](const objects::Row&) {});
}

}  // namespace

TEST_CASE("a reader sees what was committed, also after it had begun to read", "[reader]") {
  TempDir dir;
  auto ledger = open(dir.file());
  Reader reader(dir.file());
  for (int i = 1; i <= 2; ++i) {
    auto batch = batch_of({row(i)});
    ledger.commit(batch);
    std::int64_t seen = 0;
    CHECK_FALSE(ask(reader, [&](const Ledger& read) { seen = read.last_seq(); }));
    CHECK(seen == i);
  }
}

TEST_CASE("a reader without a file says so, and works as soon as there is one", "[reader]") {
  TempDir dir;
  Reader reader(dir.file());
  CHECK(code_of(ask(reader, [](const Ledger&) {})) == Errc::io);
  auto ledger = open(dir.file());
  CHECK_FALSE(ask(reader, [](const Ledger&) {}));
}

TEST_CASE("what a query throws is told to who asked", "[reader]") {
  TempDir dir;
  auto ledger = open(dir.file());
  Reader reader(dir.file());
  CHECK_THROWS_AS(std::rethrow_exception(ask(reader, [](const Ledger&) { throw std::out_of_range("x"); })),
                  std::out_of_range);
  CHECK_FALSE(ask(reader, [](const Ledger&) {}));
}

TEST_CASE("a query past its deadline is cut short, and the next one is answered", "[reader]") {
  TempDir dir;
  auto ledger = open(dir.file());
  std::vector<objects::Row> rows;
  for (int i = 1; i <= 3'000; ++i) rows.push_back(row(i));
  auto batch = batch_of(std::move(rows));
  ledger.commit(batch);
  Reader slow(dir.file(), {.deadline = 1ms});
  CHECK(code_of(ask(slow, [](const Ledger& read) {
          for (;;) read.for_each_row({.name = "nothing"}, [](const objects::Row&) {});
        })) == Errc::timed_out);
  Reader fast(dir.file());
  CHECK_FALSE(ask(fast, [](const Ledger& read) { CHECK(read.last_seq() == 3'000); }));
}

TEST_CASE("more queries than may wait are refused, and the others are answered", "[reader]") {
  TempDir dir;
  auto ledger = open(dir.file());
  Reader reader(dir.file(), {.max_waiting = 2});
  std::promise<void> go;
  auto gone = go.get_future().share();
  std::promise<void> done;
  std::atomic<int> answered = 0;
  const auto count = [&](const std::exception_ptr&) {
    if (++answered == 2) done.set_value();
  };
  CHECK(reader.ask([gone](const Ledger&) { gone.wait(); }, count));
  CHECK(reader.ask([](const Ledger&) {}, count));
  CHECK_FALSE(reader.ask([](const Ledger&) { FAIL("refused, and run all the same"); }, count));
  go.set_value();
  done.get_future().wait();
  CHECK(answered == 2);
}

TEST_CASE("stop cuts the query under way short and ends those that wait", "[reader]") {
  TempDir dir;
  auto ledger = open(dir.file());
  std::vector<objects::Row> rows;
  for (int i = 1; i <= 3'000; ++i) rows.push_back(row(i));
  auto batch = batch_of(std::move(rows));
  ledger.commit(batch);
  Reader reader(dir.file(), {.deadline = 1h});
  std::promise<void> begun;
  std::vector<Errc> ends;
  const auto end = [&](const std::exception_ptr& failure) { ends.push_back(code_of(failure)); };
  CHECK(reader.ask(
      [&](const Ledger& read) {
        begun.set_value();
        run_for_ever(read);
      },
      end));
  CHECK(reader.ask(run_for_ever, end));
  begun.get_future().wait();
  reader.stop();
  CHECK(ends == std::vector{Errc::timed_out, Errc::timed_out});
  CHECK_FALSE(reader.ask(run_for_ever, end));
}
