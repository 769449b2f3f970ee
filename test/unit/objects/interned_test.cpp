#include "objects/interned.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <thread>
#include <vector>

#include "objects/symbol.hpp"

using namespace snaptrail::objects;

namespace {

std::size_t in_use() { return InternTable<std::string>::instance().size(); }

}  // namespace

TEST_CASE("equal interned values are one, others are not", "[interned]") {
  const Symbol a("interned-one"), b("interned-one"), c("interned-two");
  CHECK(a == b);
  CHECK(&a.get() == &b.get());
  CHECK(a != c);
  CHECK(c.get() == "interned-two");
}

TEST_CASE("an interned value is freed with its last user", "[interned]") {
  const std::size_t before = in_use();
  {
    Symbol first("interned-passing");
    Symbol copied = first;
    const Symbol moved = std::move(first);
    CHECK(in_use() == before + 1);
    copied = Symbol("interned-other");
    CHECK(in_use() == before + 2);
    CHECK(moved.get() == "interned-passing");
  }
  CHECK(in_use() == before);
}

TEST_CASE("an empty value takes no place among the interned ones", "[interned]") {
  const std::size_t before = in_use();
  const Symbol none, empty("");
  CHECK(none == empty);
  CHECK(none.get().empty());
  CHECK(in_use() == before);
}

TEST_CASE("the number that a user keeps beside the object counts as a user", "[interned]") {
  const std::size_t before = in_use();
  std::uint32_t kept = 0;
  {
    const Symbol symbol("interned-kept");
    kept = symbol.keep();
  }
  CHECK(in_use() == before + 1);
  CHECK(Symbol::of_kept(kept).get() == "interned-kept");
  CHECK(Symbol::take_kept(kept).get() == "interned-kept");
  CHECK(in_use() == before);
}

TEST_CASE("thousands of interned values keep their text, as do those that come after them", "[interned]") {
  const std::size_t before = in_use();
  for (int round = 0; round < 2; ++round) {
    std::vector<Symbol> symbols;
    for (int i = 0; i < 5'000; ++i) symbols.emplace_back("interned-many-" + std::to_string(i));
    for (int i = 0; i < 5'000; ++i) CHECK(symbols[i].get() == "interned-many-" + std::to_string(i));
  }
  CHECK(in_use() == before);
}

TEST_CASE("threads may take and leave the same interned value at any time", "[interned]") {
  const std::size_t before = in_use();
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&wrong] {
      for (int i = 0; i < 5'000; ++i) {
        const std::string text = "interned-shared-" + std::to_string(i % 3);
        const Symbol symbol(text);
        const Symbol copy = symbol;
        if (copy.get() != text) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(in_use() == before);
}
