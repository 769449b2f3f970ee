#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "informers/decoder.hpp"

using snaptrail::informers::LineSplitter;

namespace {

using Lines = std::vector<std::string>;

/// Feeds `text` in pieces of `size` bytes.
Lines split(LineSplitter& splitter, std::string_view text, std::size_t size) {
  Lines lines;
  for (std::size_t pos = 0; pos < text.size(); pos += size) {
    CHECK(splitter.write(text.substr(pos, size), [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    }));
  }
  return lines;
}

}  // namespace

TEST_CASE("pieces of every size give the same lines", "[line_splitter]") {
  const std::string text = "one\ntwo and more\n\n\nthree\r\n\r\nfour";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    LineSplitter splitter;
    INFO("pieces of " << size);
    CHECK(split(splitter, text, size) == Lines{"one", "two and more", "three"});
    CHECK(splitter.pending() == 4);
    CHECK(splitter.oversized() == 0);
  }
}

TEST_CASE("a cut at every position gives the same lines", "[line_splitter]") {
  const std::string text = "{\"a\":1}\n{\"b\":\"\xC3\xA4\"}\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    LineSplitter splitter;
    Lines lines = split(splitter, std::string_view(text).substr(0, cut), text.size());
    std::ranges::copy(split(splitter, std::string_view(text).substr(cut), text.size()), std::back_inserter(lines));
    CHECK(lines == Lines{"{\"a\":1}", "{\"b\":\"\xC3\xA4\"}"});
    CHECK(splitter.pending() == 0);
  }
}

TEST_CASE("a whole line within a piece is handed out without a copy", "[line_splitter]") {
  const std::string piece = "first\nsecond\nrest";
  LineSplitter splitter;
  splitter.write(piece, [&](std::string_view line) {
    CHECK(line.data() >= piece.data());
    CHECK(line.data() < piece.data() + piece.size());
    return true;
  });
  CHECK(splitter.pending() == 4);
}

TEST_CASE("a line that is too long is dropped as a whole and counted once", "[line_splitter]") {
  for (const std::size_t size : {1u, 3u, 100u}) {
    LineSplitter splitter(8);
    INFO("pieces of " << size);
    CHECK(split(splitter, "12345678\n123456789\nshort\n1234567890123456789012345\n\nend\n", size) ==
          Lines{"12345678", "short", "end"});
    CHECK(splitter.oversized() == 2);
    CHECK(splitter.pending() == 0);
  }
}

TEST_CASE("a sink that says no ends the splitting", "[line_splitter]") {
  LineSplitter splitter;
  Lines lines;
  CHECK_FALSE(splitter.write("a\nb\nc\n", [&](std::string_view line) {
    lines.emplace_back(line);
    return lines.size() < 2;
  }));
  CHECK(lines == Lines{"a", "b"});
}

TEST_CASE("a reset forgets a line that was begun, also one that was being dropped", "[line_splitter]") {
  LineSplitter splitter(4);
  split(splitter, "abc", 3);
  splitter.reset();
  CHECK(splitter.pending() == 0);
  CHECK(split(splitter, "x\n", 2) == Lines{"x"});
  split(splitter, "far too long", 12);
  splitter.reset();
  CHECK(split(splitter, "y\n", 2) == Lines{"y"});
  CHECK(splitter.oversized() == 1);
}

TEST_CASE("a huge line in single bytes takes time in proportion to its length", "[line_splitter]") {
  LineSplitter splitter;
  const std::string byte = "x";
  std::size_t length = 0;
  const auto sink = [&](std::string_view line) {
    length = line.size();
    return true;
  };
  constexpr std::size_t kSize = 4u << 20;
  for (std::size_t i = 0; i < kSize; ++i) splitter.write(byte, sink);
  splitter.write("\n", sink);
  CHECK(length == kSize);
}
