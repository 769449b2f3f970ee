#include "serving/gzip.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <string>

#include "gunzip.hpp"

using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

TEST_CASE("what is packed unpacks to the same bytes", "[gzip]") {
  std::mt19937 random(7);
  std::string noise(300'000, '\0');  // grows when packed
  for (char& c : noise) c = static_cast<char>(random());
  for (const std::string& text : {std::string(), std::string("a"), std::string(100'000, 'x'), noise}) {
    CHECK(gunzip(gzip(text), text.size()) == text);
    CHECK(gunzip(gzip(text, Packing::Small), text.size()) == text);
  }
}

TEST_CASE("repetitive text shrinks", "[gzip]") { CHECK(gzip(std::string(100'000, 'x')).size() < 2'000); }

TEST_CASE("what comes in pieces is packed as one member, whatever the pieces", "[gzip]") {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    GzipPacker packer;
    std::string text, packed;
    for (int pieces = static_cast<int>(random() % 8); pieces > 0; --pieces) {
      std::string piece(random() % 200'000, 'x');
      if (random() % 2 == 0) {
        for (char& c : piece) c = static_cast<char>(random());
      }
      text += piece;
      packed += packer.pack(piece, false);
    }
    packed += packer.pack({}, true);
    CHECK(gunzip(packed, text.size()) == text);
  }
}
