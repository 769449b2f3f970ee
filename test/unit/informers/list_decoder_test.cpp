#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "decode_support.hpp"
#include "informers/decoder.hpp"

using namespace snaptrail;
using namespace snaptrail::informers;
using objects::Kind;

namespace {

struct Outcome {
  bool written = true;
  bool finished = false;
  std::string text;
  std::string error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Feeds the pieces of `text` between the cuts, and describes all that came out.
Outcome feed(Kind kind, std::string_view text, std::vector<std::size_t> cuts = {}) {
  Outcome outcome;
  ListDecoder decoder(kind, [&](objects::Object object) { outcome.text += test::describe(object) + "\n"; });
  cuts.push_back(text.size());
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    outcome.written = decoder.write(text.substr(from, cut - from)) && outcome.written;
    from = cut;
  }
  outcome.finished = decoder.finish();
  outcome.text += fmt::format("rv={} continue={} malformed={}", decoder.meta().resource_version,
                              decoder.meta().continue_token, decoder.malformed());
  outcome.error = decoder.error();
  return outcome;
}

const std::string kList =
    R"({"apiVersion":"snapshot.storage.k8s.io/v1","items":[)"
    R"({"metadata":{"name":"eins","uid":"11111111-2222-3333-4444-555555555555","labels":{"velero.io/backup-name":"n\u00e4cht\u006cich"},)"
    R"("managedFields":[{"manager":"m","operation":"Update","fieldsV1":{"f:a":{"k:{\"x\":1}":{}},"n":[1,-2.5e3,true,null]}}]},)"
    R"("status":{"readyToUse":true,"restoreSize":"1Gi","error":{"message":"tab\tand 🙂 \ud83d\ude42","time":"2026-11-22T23:11:11Z"}}},)"
    R"({"metadata":{"name":"ohne uid"}}, 5, null,)"
    R"({"kind":"VolumeSnapshot","metadata":{"uid":"11111111-2222-3333-4444-555555555556","name":"zwei"}}],)"
    R"("kind":"VolumeSnapshotList","metadata":{"continue":"tok\u0065n","resourceVersion":"1234"}})"
    "\n";

}  // namespace

TEST_CASE("a list hands out its items and skips the unusable ones", "[list_decoder]") {
  const Outcome outcome = feed(Kind::VolumeSnapshot, kList);
  CHECK(outcome.written);
  CHECK(outcome.finished);
  CHECK(outcome.error.empty());
  CHECK(outcome.text.find("name=eins;") != std::string::npos);
  CHECK(outcome.text.find("backup=nächtlich;") != std::string::npos);
  CHECK(outcome.text.find("tab\tand 🙂 🙂") != std::string::npos);
  CHECK(outcome.text.find("size=1073741824;") != std::string::npos);
  CHECK(outcome.text.find("name=zwei;") != std::string::npos);
  CHECK(outcome.text.ends_with("rv=1234 continue=token malformed=3"));
}

TEST_CASE("a cut at every byte, and single bytes, give the same list", "[list_decoder]") {
  const Outcome whole = feed(Kind::VolumeSnapshot, kList);
  for (std::size_t cut = 0; cut <= kList.size(); ++cut) {
    INFO("cut at " << cut);
    REQUIRE(feed(Kind::VolumeSnapshot, kList, {cut}) == whole);
  }
  std::vector<std::size_t> everywhere;
  for (std::size_t cut = 1; cut < kList.size(); ++cut) everywhere.push_back(cut);
  CHECK(feed(Kind::VolumeSnapshot, kList, everywhere) == whole);
}

TEST_CASE("a list that ends early is no list, wherever it ends", "[list_decoder]") {
  const std::string_view document = std::string_view(kList).substr(0, kList.size() - 1);
  for (std::size_t end = 0; end < document.size(); ++end) {
    INFO("ends at " << end);
    const Outcome outcome = feed(Kind::VolumeSnapshot, document.substr(0, end));
    CHECK_FALSE(outcome.finished);
    REQUIRE(outcome.error == "the list is cut off");
  }
}

TEST_CASE("items are handed out as soon as they are complete", "[list_decoder]") {
  int items = 0;
  ListDecoder decoder(Kind::Namespace, [&](objects::Object) { ++items; });
  CHECK(decoder.write(R"({"kind":"NamespaceList","metadata":{"resourceVersion":"5"},"items":[)"));
  CHECK(decoder.meta().resource_version == "5");
  CHECK(decoder.write(R"({"metadata":{"name":"a","uid":"11111111-2222-3333-4444-555555555555"})"));
  CHECK(items == 0);
  CHECK(decoder.write("}"));
  CHECK(items == 1);
  CHECK(decoder.write("]}"));
  CHECK(decoder.finish());
}

TEST_CASE("an empty list is a list, also one that Go wrote as null", "[list_decoder]") {
  CHECK(feed(Kind::Namespace, R"({"metadata":{"resourceVersion":"5"},"items":[]})").finished);
  CHECK(feed(Kind::Namespace, R"({"metadata":{"resourceVersion":"5"},"items":null})").finished);
}

TEST_CASE("what is no list of the kind is refused with a reason", "[list_decoder]") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"kind":"Status","code":410,"items":[]})", "a Status where a NamespaceList was expected"},
      {R"({"kind":"PodList","items":[]})", "a PodList where a NamespaceList was expected"},
      {R"({"items":[],"kind":"Pod\u001b[31mList"})", "a Pod\\x1b[31mList where a NamespaceList was expected"},
      {R"({"kind":5,"items":[]})", "a nameless kind where a NamespaceList was expected"},
      {R"({})", "a document without items, which is no list"},
      {R"({"items":{}})", "a document without items, which is no list"},
      {R"([])", "a document without items, which is no list"},
      {R"({"items":[]}{"items":[]})", "more bytes after the list"},
      {"", "the list is cut off"},
      {"404 page not found", "more bytes after the list"},
      {"<html>", "no valid JSON: syntax error"},
  };
  for (const auto& [text, error] : cases) {
    INFO(text);
    const Outcome outcome = feed(Kind::Namespace, text);
    CHECK_FALSE(outcome.finished);
    CHECK(outcome.error == error);
  }
}

TEST_CASE("a list of another kind hands out nothing, in one piece as in many", "[list_decoder]") {
  const std::string_view pods = R"({"kind":"PodList","metadata":{"resourceVersion":"9"},"items":[)"
                                R"({"metadata":{"name":"a","uid":"11111111-2222-3333-4444-555555555555"}}]})";
  const Outcome whole = feed(Kind::VolumeSnapshot, pods);
  CHECK(whole.text.find("name=") == std::string::npos);
  CHECK(feed(Kind::VolumeSnapshot, pods, {5, 20, 60}).text.find("name=") == std::string::npos);
}

TEST_CASE("a list of recorded objects projects as their watch events do", "[list_decoder]") {
  for (const Kind kind :
       {Kind::VolumeSnapshot, Kind::VolumeSnapshotContent, Kind::VolumeSnapshotClass, Kind::PersistentVolumeClaim,
        Kind::PersistentVolume, Kind::StorageClass, Kind::Namespace, Kind::Event, Kind::Backup, Kind::Restore}) {
    std::string items;
    std::string expected;
    for (const auto& recorded : test::recorded_events("velero-backup-restore.ndjson")) {
      const Decoded decoded = test::decode(recorded.kind, recorded.event);
      const auto* event = std::get_if<ObjectEvent>(&decoded);
      if (recorded.kind != kind || event == nullptr) continue;
      const std::string_view text = recorded.event;
      const std::size_t begin = text.find("\"object\": ") + 10;
      items += (items.empty() ? "" : ",") + std::string(text.substr(begin, text.size() - 1 - begin));
      expected += test::describe(event->object) + "\n";
    }
    REQUIRE_FALSE(expected.empty());
    const Outcome outcome =
        feed(kind, fmt::format(R"({{"kind":"{}List","items":[{}]}})", objects::to_string(kind), items));
    CHECK(outcome.finished);
    CHECK(outcome.text == expected + "rv= continue= malformed=0");
  }
}
