#include "informers/audit_decoder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

using namespace snaptrail::informers;

namespace {

const std::string kUid = "11111111-2222-3333-4444-555555555555";

/// As a server writes the metadata alone, and as one that knows nothing of that writes whole objects.
const std::string kMetadata =
    R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"1234","continue":"tok\u0065n"},"items":[)"
    R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"one","uid":"11111111-2222-3333-4444-555555555555",)"
    R"("resourceVersion":"99","managedFields":[{"fieldsV1":{"f:metadata":{"f:uid":{}}}}]}}]})"
    "\n";
const std::string kWhole =
    R"({"apiVersion":"snapshot.storage.k8s.io/v1","items":[{"metadata":{"name":"one","resourceVersion":"99",)"
    R"("uid":"11111111-2222-3333-4444-555555555555"},"spec":{"uid":"no","metadata":{"uid":"no"}}}],)"
    R"("kind":"VolumeSnapshotList","metadata":{"continue":"token","resourceVersion":"1234"}})";

/// `piece`: bytes at a time.
bool read(AuditPageDecoder& decoder, std::string_view page, std::size_t piece) {
  bool good = true;
  for (std::size_t at = 0; good && at < page.size(); at += piece) good = decoder.write(page.substr(at, piece));
  return good && decoder.finish();
}

}  // namespace

TEST_CASE("an audit's page tells UIDs and versions, of metadata and of whole objects alike", "[audit_decoder]") {
  const std::string& page = GENERATE_REF(kMetadata, kWhole);
  for (const std::size_t piece : {page.size(), std::size_t{1}, std::size_t{7}}) {
    AuditList list;
    AuditPageDecoder decoder(list);
    CHECK(read(decoder, page, piece));
    CHECK(decoder.error().empty());
    CHECK(decoder.malformed() == 0);
    CHECK(decoder.resource_version() == "1234");
    CHECK(decoder.continue_token() == "token");
    REQUIRE(list.items.size() == 1);
    CHECK(list.items[0].uid.str() == kUid);
    CHECK(list.items[0].resource_version == "99");
  }
}

TEST_CASE("an audit's page adds to what was read before, and may have no items", "[audit_decoder]") {
  AuditList list{"1234", {{*snaptrail::objects::Uid::parse(kUid), "7"}}};
  for (const char* empty :
       {R"({"metadata":{"resourceVersion":"5"},"items":[]})", R"({"metadata":{"resourceVersion":"5"},"items":null})"}) {
    AuditPageDecoder decoder(list);
    CHECK(read(decoder, empty, 100));
    CHECK(decoder.continue_token().empty());
  }
  AuditPageDecoder decoder(list);
  CHECK(read(decoder, kMetadata, 4096));
  CHECK(list.items.size() == 2);
}

TEST_CASE("what an audit can't compare is counted", "[audit_decoder]") {
  AuditList list;
  AuditPageDecoder decoder(list);
  CHECK(read(
      decoder,
      R"({"items":[{"metadata":{"uid":"11111111-2222-3333-4444-555555555555"}},{"metadata":{"resourceVersion":"1"}},)"
      R"({"metadata":{"uid":"none","resourceVersion":"1"}},{"metadata":[]},{},5,null,[{}]]})",
      4096));
  CHECK(list.items.empty());
  CHECK(decoder.malformed() == 8);
}

TEST_CASE("an audit takes nothing but a whole list for one", "[audit_decoder]") {
  for (const std::string& page :
       {std::string("<html>"), std::string(R"({"kind":"Status"})"), std::string(R"({"items":{}})"), std::string(),
        kWhole + "{}", kWhole.substr(0, kWhole.size() - 1)}) {
    AuditList list;
    AuditPageDecoder decoder(list);
    CHECK_FALSE(read(decoder, page, 4096));
    CHECK_FALSE(decoder.error().empty());
  }
}
