#include "serving/series_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

#include "fakes.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace {

std::string all_of(SeriesTable& table) {
  std::string text;
  while (const auto piece = table.take()) text += *piece;
  return text;
}

std::string name_of(int object) { return "object-" + std::to_string(object); }

}  // namespace

TEST_CASE("a family holds numbers, moments or further labels, and only of the objects that have them",
          "[series table]") {
  SeriesTable table{{"number", "n"}, {"moment", "m"}, {"info", "i"}, {"nothing", "-"}};
  for (int object = 0; object < 3; ++object) {
    REQUIRE(table.add({{"name", name_of(object)}}));
    if (object != 1) table.put(0, std::int64_t{object});
    if (object == 1) table.put(1, objects::MaybeInstant(at(1'500)));
    table.put(2, {{"class", "c"}, {"empty", ""}});
  }
  CHECK(all_of(table) == R"(# HELP number n
# TYPE number gauge
number{name="object-0"} 0
number{name="object-2"} 2
# HELP moment m
# TYPE moment gauge
moment{name="object-1"} 1.500
# HELP info i
# TYPE info gauge
info{name="object-0",class="c"} 1
info{name="object-1",class="c"} 1
info{name="object-2",class="c"} 1
)");
}

TEST_CASE("of two objects with the same labels the second has no series", "[series table]") {
  SeriesTable table{{"number", "n"}};
  CHECK(table.add({{"name", "a"}}));
  CHECK_FALSE(table.add({{"name", "a"}}));
}

TEST_CASE("a family has its head once, wherever pieces end", "[series table]") {
  // So many objects that a piece is full with the last line of the first family.
  int full = 0;
  for (std::size_t size = std::string("# HELP a first\n# TYPE a gauge\n").size(); size < SeriesTable::kPiece; ++full) {
    size += ("a{name=\"" + name_of(full) + "\"} 1\n").size();
  }
  for (int objects = full - 1; objects <= full + 1; ++objects) {
    SeriesTable table{{"a", "first"}, {"b", "second"}};
    for (int object = 0; object < objects; ++object) {
      table.add({{"name", name_of(object)}});
      table.put(0, std::int64_t{1});
      table.put(1, std::int64_t{1});
    }
    const std::string text = all_of(table);
    const std::size_t head = text.find("# HELP b second\n");
    REQUIRE(head != std::string::npos);
    CHECK(text.find("# HELP b second\n", head + 1) == std::string::npos);
  }
}
