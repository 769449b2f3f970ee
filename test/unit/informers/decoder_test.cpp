#include "informers/decoder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "decode_support.hpp"

using namespace snaptrail;
using namespace snaptrail::informers;
using objects::Kind;
using test::decode;
using test::describe;

namespace {

constexpr std::string_view kObject =
    R"({"kind":"Namespace","apiVersion":"v1","metadata":{"name":"shop","uid":"11111111-2222-3333-4444-555555555555","resourceVersion":"7"}})";

std::string event(std::string_view type, std::string_view object = kObject) {
  return fmt::format(R"({{"type":"{}","object":{}}})", type, object);
}

std::string why(Kind kind, std::string_view line) {
  const Decoded decoded = decode(kind, line);
  REQUIRE(std::holds_alternative<Malformed>(decoded));
  return std::get<Malformed>(decoded).why;
}

}  // namespace

TEST_CASE("ADDED, MODIFIED and DELETED carry the object", "[decoder]") {
  WatchDecoder decoder(Kind::Namespace);
  const std::pair<const char*, EventType> cases[] = {
      {"ADDED", EventType::Added}, {"MODIFIED", EventType::Modified}, {"DELETED", EventType::Deleted}};
  for (const auto& [text, type] : cases) {
    const Decoded decoded = decoder.decode(event(text));
    REQUIRE(std::holds_alternative<ObjectEvent>(decoded));
    CHECK(std::get<ObjectEvent>(decoded).type == type);
    CHECK(objects::meta_of(std::get<ObjectEvent>(decoded).object).name == "shop");
  }
}

TEST_CASE("the type may come after the object, and spaces anywhere", "[decoder]") {
  const std::string turned = fmt::format(" {{ \"object\" : {} , \"type\" : \"ADDED\" }} \r\n", kObject);
  CHECK(describe(Kind::Namespace, turned) == describe(Kind::Namespace, event("ADDED")));
  CHECK(describe(Kind::Event,
                 R"({"object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"},"type":"ERROR"})") ==
        "error 410 Expired too old");
  CHECK(describe(Kind::Namespace, R"({"object":{"metadata":{"resourceVersion":"9"}},"type":"BOOKMARK"})") ==
        "bookmark 9 false");
}

TEST_CASE("one decoder takes nothing over from line to line", "[decoder]") {
  WatchDecoder decoder(Kind::PersistentVolumeClaim);
  const auto line = [](std::string_view rest, std::string_view spec) {
    return fmt::format(
        R"({{"type":"ADDED","object":{{"metadata":{{"name":"c","uid":"11111111-2222-3333-4444-555555555555"{}}},"spec":{{{}}}}}}})",
        rest, spec);
  };
  const std::string plain = describe(decoder.decode(line("", "")));
  decoder.decode(line(R"(,"annotations":{"volume.beta.kubernetes.io/storage-provisioner":"d"})",
                      R"("dataSource":{"kind":"VolumeSnapshot","apiGroup":"snapshot.storage.k8s.io","name":"s"})"));
  CHECK(describe(decoder.decode(line("", ""))) == plain);
  decoder.decode(R"({"type":"ADDED","object":{"metadata":{"name":"cut)");
  CHECK(describe(decoder.decode(line("", ""))) == plain);
}

TEST_CASE("a bookmark gives its resourceVersion, and the end of the initial events only if it says so", "[decoder]") {
  const auto bookmark = [](std::string_view metadata) {
    return describe(Kind::PersistentVolume, fmt::format(R"({{"type":"BOOKMARK","object":{{"kind":"PersistentVolume",)"
                                                        R"("metadata":{{{}}},"spec":{{}}}}}})",
                                                        metadata));
  };
  CHECK(bookmark(R"("resourceVersion":"12")") == "bookmark 12 false");
  CHECK(bookmark(R"("resourceVersion":"12","annotations":{"k8s.io/initial-events-end":"true"})") == "bookmark 12 true");
  CHECK(bookmark(R"("annotations":{"k8s.io/initial-events-end":"True"})") == "bookmark  false");
  CHECK(bookmark(R"("annotations":{"k8s.io/initial-events-end":true})") == "bookmark  false");
  CHECK(bookmark(R"("annotations":{"k8s.io/initial-events-end":"false"})") == "bookmark  false");
  CHECK(why(Kind::PersistentVolume, R"({"type":"BOOKMARK","object":{"kind":"Pod","metadata":{}}})") ==
        "a bookmark of another kind");
  CHECK(why(Kind::PersistentVolume, R"({"type":"BOOKMARK"})") == "no object");
}

TEST_CASE("an ERROR ends the watch with its Status, whatever the kind that is watched", "[decoder]") {
  const std::string line =
      R"({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 1 of 500","reason":"Expired","code":410}})";
  for (const Kind kind : objects::kAllKinds) {
    CHECK(describe(kind, line) == "error 410 Expired too old resource version: 1 of 500");
  }
  CHECK(describe(Kind::Event, R"({"type":"ERROR","object":{"code":99999999999}})") == "error 0  ");
  CHECK(describe(Kind::Event, R"({"type":"ERROR","object":{"code":"410"}})") == "error 0  ");
  CHECK(why(Kind::Event, R"({"type":"ERROR"})") == "an ERROR without a Status");
}

TEST_CASE("what is no usable event says why, without the line's own bytes", "[decoder]") {
  CHECK(why(Kind::Namespace, event("RENAMED")) == "an unknown event type");
  CHECK(why(Kind::Namespace, R"({"object":{}})") == "an unknown event type");
  CHECK(why(Kind::Namespace, R"({"type":"ADDED"})") == "no object");
  CHECK(why(Kind::Namespace, R"({"type":"ADDED","object":null})") == "no object");
  CHECK(why(Kind::Namespace, R"({"type":"ADDED","object":[]})") == "no object");
  CHECK(why(Kind::PersistentVolume, event("ADDED")) == "an object of another kind");
  CHECK(why(Kind::Namespace, event("ADDED") + "x") == "more bytes after the event");
  CHECK(why(Kind::Namespace, event("ADDED") + event("ADDED")) == "more bytes after the event");
  CHECK(why(Kind::Namespace, event("ADDED", R"({"metadata":{"uid":"11111111-2222-3333-4444-555555555555"}})")) ==
        "no usable metadata.name");
  for (const char* uid : {R"("")", R"("no-uid")", "null", "5", "{}", R"("00000000-0000-0000-0000-000000000000")"}) {
    CHECK(why(Kind::Namespace, event("ADDED", fmt::format(R"({{"metadata":{{"name":"n","uid":{}}}}})", uid))) ==
          "no usable metadata.uid");
  }
  for (const char* text : {"", "null", "5", "[]", "\"text\""}) {
    CHECK(std::holds_alternative<Malformed>(decode(Kind::Namespace, text)));
  }
}

TEST_CASE("an object of the same kind's name in another group is another kind", "[decoder]") {
  const auto backup = [](std::string_view version) {
    return decode(Kind::Backup,
                  fmt::format(R"({{"type":"ADDED","object":{{"apiVersion":"{}","kind":"Backup",)"
                              R"("metadata":{{"name":"b","uid":"11111111-2222-3333-4444-555555555555"}}}}}})",
                              version));
  };
  CHECK(std::holds_alternative<ObjectEvent>(backup("velero.io/v1")));
  CHECK(std::holds_alternative<ObjectEvent>(backup("velero.io/v2alpha1")));
  CHECK(std::holds_alternative<Malformed>(backup("postgresql.cnpg.io/v1")));
  CHECK(std::holds_alternative<Malformed>(backup("v1")));
}

TEST_CASE("of duplicate keys the last one counts", "[decoder]") {
  const std::string twice =
      fmt::format(R"({{"type":"DELETED","type":"ADDED","object":{{"metadata":{{"name":"old","uid":"x",)"
                  R"("finalizers":["a"]}}}},"object":{}}})",
                  kObject);
  CHECK(describe(Kind::Namespace, twice) == describe(Kind::Namespace, event("ADDED")));
  CHECK(why(Kind::Namespace, fmt::format(R"({{"type":"ADDED","object":{},"object":null}})", kObject)) == "no object");
}

TEST_CASE("every event of the recordings decodes", "[decoder]") {
  for (const char* name : {"velero-backup-restore.ndjson", "hazards.ndjson", "night.ndjson.gz"}) {
    for (const auto& recorded : test::recorded_events(name)) {
      const Decoded decoded = decode(recorded.kind, recorded.event);
      INFO(recorded.event);
      REQUIRE_FALSE(std::holds_alternative<Malformed>(decoded));
      if (const auto* event = std::get_if<ObjectEvent>(&decoded)) {
        CHECK(objects::kind_of(event->object) == recorded.kind);
        CHECK_FALSE(objects::meta_of(event->object).resource_version.empty());
        CHECK(objects::meta_of(event->object).created);
      }
    }
  }
}
