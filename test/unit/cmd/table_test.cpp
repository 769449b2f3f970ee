#include "cmd/snaptrail/table.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

using namespace snaptrail::cmd;

namespace {

using Widths = std::vector<std::size_t>;

Terminal terminal(std::size_t width, bool colour = false) { return {width > 0, width, colour}; }

}  // namespace

TEST_CASE("columns that fit keep their widths", "[table]") {
  CHECK(fit_widths({{"A", 5}, {"B", 0}}, {10, 4}, 17) == Widths{10, 4});
  CHECK(fit_widths({{"A", 5}, {"B", 0}}, {10, 4}, 0) == Widths{10, 4});
  CHECK(fit_widths({}, {}, 10).empty());
}

TEST_CASE("the widest column that may be cut gives way first, none below its least", "[table]") {
  CHECK(fit_widths({{"A", 5}, {"B", 0}}, {10, 4}, 16) == Widths{9, 4});
  CHECK(fit_widths({{"A", 5}, {"B", 5}}, {30, 10}, 23) == Widths{10, 10});
  CHECK(fit_widths({{"A", 5}, {"B", 5}}, {30, 10}, 21) == Widths{9, 9});
  CHECK(fit_widths({{"A", 5}, {"B", 0}}, {30, 10}, 9) == Widths{5, 10});
  CHECK(fit_widths({{"A", 5}, {"B", 5}}, {3, 10}, 9) == Widths{3, 5});
}

TEST_CASE("a table is padded to its widest cells, the last column and line ends are not", "[table]") {
  Table table({{"NAME", 4}, {"STATE", 0}, {"FOR", 4}}, terminal(0));
  const std::vector<Line> lines{{{"a-long-name"}, {"Ready"}, {"nightly"}}, {{"b"}, {"-"}, {""}}};
  table.make_room(lines);
  CHECK(table.header() == "NAME          STATE   FOR");
  CHECK(table.format(lines[0]) == "a-long-name   Ready   nightly");
  CHECK(table.format(lines[1]) == "b             -");
}

TEST_CASE("no line of a table is wider than the terminal, whatever is in it", "[table]") {
  const std::vector<Line> lines{
      {{std::string(80, 'x')}, {"Provisioning"}, {std::string(300, 'y')}},
      {{"日本語日本語日本語日本語日本語日本語"}, {"Ready"}, {"é́é́é́ and 🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉"}},
  };
  for (std::size_t width = 1; width <= 120; ++width) {
    CAPTURE(width);
    Table table({{"NAME", 8}, {"STATE", 0}, {"MESSAGE", 8}}, terminal(width));
    table.make_room(lines);
    CHECK(display_width(table.header()) <= width);
    for (const Line& line : lines) CHECK(display_width(table.format(line)) <= width);
  }
  Table table({{"NAME", 8}, {"STATE", 0}, {"MESSAGE", 8}}, terminal(40));
  table.make_room(lines);
  CHECK(table.format(lines[0]) == "xxxxxxxxxx…   Provisioning   yyyyyyyyyy…");
}

TEST_CASE("colours surround a cell's text and take no room", "[table]") {
  Table table({{"STATE", 0}, {"NAME", 4}}, terminal(40, true));
  const Line line{{"Ready", colours::kGood}, {"x"}};
  table.make_room({line});
  CHECK(table.format(line) == "\x1b[32mReady\x1b[0m   x");
  Table plain({{"STATE", 0}, {"NAME", 4}}, terminal(40, false));
  plain.make_room({line});
  CHECK(plain.format(line) == "Ready   x");
}

TEST_CASE("columns only ever get wider", "[table]") {
  Table table({{"A", 0}, {"B", 0}}, terminal(0));
  table.make_room({{{"long one"}, {"x"}}});
  table.make_room({{{"s"}, {"x"}}});
  CHECK(table.format({{"s"}, {"x"}}) == "s          x");
}

TEST_CASE("a text is cut where it would pass the width, between characters", "[terminal]") {
  CHECK(cut_to_width("abcdef", 6) == "abcdef");
  CHECK(cut_to_width("abcdef", 5) == "abcd…");
  CHECK(cut_to_width("abcdef", 1) == "…");
  CHECK(cut_to_width("abcdef", 0).empty());
  CHECK(cut_to_width("日本語", 6) == "日本語");
  CHECK(cut_to_width("日本語", 5) == "日本…");
  CHECK(cut_to_width("日本語", 4) == "日…");
  CHECK(cut_to_width("e\u0301e\u0301e\u0301", 3) == "e\u0301e\u0301e\u0301");
  CHECK(cut_to_width("e\u0301e\u0301e\u0301", 2) == "e\u0301…");
}
