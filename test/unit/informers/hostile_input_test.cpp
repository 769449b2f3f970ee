#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "decode_support.hpp"

using namespace snaptrail;
using namespace snaptrail::informers;
using objects::Kind;

namespace {

namespace json = boost::json;

std::string around(std::string_view members) {
  return fmt::format(
      R"({{"type":"ADDED","object":{{"metadata":{{"name":"n","uid":"11111111-2222-3333-4444-555555555555"}},{}}}}})",
      members);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// One good event of each kind and type that the recording has.
std::vector<test::RecordedLineOf> samples() {
  std::vector<test::RecordedLineOf> found;
  std::vector<std::string> seen;
  for (auto& recorded : test::recorded_events("hazards.ndjson")) {
    const std::string what = fmt::format("{} {}", static_cast<int>(recorded.kind), recorded.event.substr(0, 14));
    if (std::find(seen.begin(), seen.end(), what) != seen.end()) continue;
    seen.push_back(what);
    found.push_back(std::move(recorded));
  }
  return found;
}

/// All places in a document, as JSON pointers.
void places(const json::value& value, const std::string& here, std::vector<std::string>& found) {
  found.push_back(here);
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      std::string key;
      for (const char c : member.key()) key += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
      places(member.value(), here + "/" + key, found);
    }
  }
  if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) places((*array)[i], fmt::format("{}/{}", here, i), found);
  }
}

}  // namespace

TEST_CASE("bytes that are no JSON give Malformed", "[hostile]") {
  const std::string lines[] = {
      around("\"a\":\"\xFF\""),
      around("\"a\":\"\xC0\xAF\""),
      around("\"a\":\"\xED\xA0\x80\""),
      around("\"\xE2\x82\":1"),
      around("\"a\":\"\xF5\x80\x80\x80\""),
      around(R"("a":"\ud800")"),
      around(R"("a":"\ud800\u0041")"),
      around(R"("a":"\udc00")"),
      around(R"("a":"\u12g4")"),
      around(R"("a":"\x41")"),
      around("\"a\":\"tab\there\""),
      around(std::string("\"a\":\"\0\"", 7)),
      around(R"("a":01)"),
      around(R"("a":1.)"),
      around(R"("a":NaN)"),
      around(R"("a":Infinity)"),
      around(R"("a":+1)"),
      around(R"("a":tru)"),
      around(R"("a":'b')"),
      around(R"("a":1,)"),
      around(R"(/* c */"a":1)"),
      "\xEF\xBB\xBF" + around("\"a\":1"),
      "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"n\"",
      repeated("[", 100000),
      repeated("{\"a\":", 100000),
      repeated("\"", 3),
      std::string(1000, '\0'),
  };
  for (const std::string& line : lines) {
    INFO(line.substr(0, 200));
    CHECK(std::holds_alternative<Malformed>(test::decode(Kind::VolumeSnapshot, line)));
  }
}

TEST_CASE("valid JSON of extreme values gives the object", "[hostile]") {
  const std::string members[] = {
      R"("status":{"restoreSize":)" + std::string(1000, '9') + "}",
      R"("status":{"restoreSize":-)" + std::string(1000, '9') + "}",
      R"("status":{"restoreSize":1e308,"creationTime":-0})",
      R"("status":{"restoreSize":18446744073709551615})",
      R"("status":{"restoreSize":")" + std::string(100000, '1') + "\"}",
      R"("status":{"creationTime":"9999-99-99T99:99:99Z"})",
      R"("status":{"error":{"message":")" + std::string(2u << 20, 'x') + "\"}}",
      R"("a":"\u0000\uffff\ud83d\ude42")",
      R"("":{"":{"":""}})",
      R"("deep":)" + repeated("[", 60) + repeated("]", 60),
      R"("many":[)" + repeated("{},", 100000) + "{}]",
  };
  for (const std::string& member : members) {
    INFO(member.substr(0, 100));
    CHECK(std::holds_alternative<ObjectEvent>(test::decode(Kind::VolumeSnapshot, around(member))));
  }
  const std::string too_deep = R"("deep":)" + repeated("[", 64) + repeated("]", 64);
  CHECK(std::holds_alternative<Malformed>(test::decode(Kind::VolumeSnapshot, around(too_deep))));
}

TEST_CASE("wanted paths nested into themselves are not mistaken for the object", "[hostile]") {
  const auto decoded = test::decode(
      Kind::VolumeSnapshot,
      around(
          R"("object":{"metadata":{"name":"inner"}},"items":[{"metadata":{"name":"inner"}}],"a":{"metadata":{"name":"inner"}},)"
          R"("status":[{"readyToUse":true}],"spec":[[{"source":{}}]])"));
  const auto& snapshot = std::get<objects::VolumeSnapshot>(std::get<ObjectEvent>(decoded).object);
  CHECK(snapshot.meta.name == "n");
  CHECK(snapshot.ready == objects::Ready::Nil);
}

TEST_CASE("an event cut off at any byte is Malformed and never a wrong object", "[hostile]") {
  for (const auto& sample : samples()) {
    WatchDecoder decoder(sample.kind);
    for (std::size_t end = 0; end < sample.event.size(); ++end) {
      INFO(sample.event.substr(0, end));
      REQUIRE(std::holds_alternative<Malformed>(decoder.decode(std::string_view(sample.event).substr(0, end))));
    }
    CHECK_FALSE(std::holds_alternative<Malformed>(decoder.decode(sample.event)));
  }
}

TEST_CASE("a value of a wrong type anywhere never breaks the decoder, and not the next line", "[hostile]") {
  const char* const replacements[] = {
      "null", "5", "-1.5e300", "\"text\"", "[]", "{}", "true", R"([{"name":"x"}])", R"({"name":{"uid":[1]}})"};
  std::size_t objects_left = 0;
  for (const auto& sample : samples()) {
    const json::value good = json::parse(sample.event);
    std::vector<std::string> found;
    places(good, "", found);
    WatchDecoder decoder(sample.kind);
    const std::string expected = test::describe(decoder.decode(sample.event));
    for (const std::string& place : found) {
      for (const char* replacement : replacements) {
        json::value bad = good;
        bad.at_pointer(place) = json::parse(replacement);
        const Decoded decoded = decoder.decode(json::serialize(bad));
        if (const auto* event = std::get_if<ObjectEvent>(&decoded)) {
          ++objects_left;
          REQUIRE(objects::meta_of(event->object).uid);
          REQUIRE_FALSE(objects::meta_of(event->object).name.empty());
        }
      }
    }
    CHECK(test::describe(decoder.decode(sample.event)) == expected);
  }
  CHECK(objects_left > 10000);
}

TEST_CASE("every kind's decoder takes every recorded event without harm", "[hostile]") {
  for (const Kind kind : objects::kAllKinds) {
    WatchDecoder decoder(kind);
    for (const auto& recorded : test::recorded_events("hazards.ndjson")) {
      const Decoded decoded = decoder.decode(recorded.event);
      if (recorded.kind != kind) REQUIRE(std::holds_alternative<Malformed>(decoded));
    }
  }
}
