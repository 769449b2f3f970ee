#include "objects/packed.hpp"

#include <array>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <string>
#include <vector>

using namespace snaptrail::objects;

namespace {

/// Values of every form that a field may have, each as often empty as not.
class Values {
 public:
  explicit Values(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool maybe() { return below(2) == 0; }
  Uid uid() {
    std::array<std::uint8_t, 16> bytes{};
    if (maybe()) {
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    }
    return Uid::from_bytes(bytes);
  }
  std::string text() {
    switch (below(8)) {
      case 0: return {};
      case 1: return std::to_string(random_() >> below(32));
      case 2: return "00" + std::to_string(below(100));
      case 3: return std::string(below(3), '9') + "999999999999999999";
      case 4: return "pvc-" + uid().str();
      case 5: return "PVC-D9C7A1F0-AE7F-4ADD-9D7A-3E0B1E1D3D5A";
      case 6: return "x00000000-0000-0000-0000-000000000000";
      default: break;
    }
    std::string bytes(below(400), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }
  Symbol symbol() { return maybe() ? Symbol() : Symbol("packed-" + std::to_string(below(300))); }
  MaybeInstant time() {
    if (maybe()) return {};
    return Instant(Millis(1'777'000'000'000 + (maybe() ? 1'000 : 1) * static_cast<std::int64_t>(below(1'000'000))));
  }
  std::int64_t number() { return maybe() ? -1 : static_cast<std::int64_t>(random_()) << below(31); }
  ObjectRef ref() { return {symbol(), text(), uid()}; }
  StatusError error() { return {maybe(), text(), time()}; }
  Meta meta() {
    Meta meta;
    meta.uid = uid();
    meta.ns = symbol();
    meta.name = text();
    meta.resource_version = text();
    meta.created = time();
    meta.deleted = time();
    meta.velero = {symbol(), symbol(), symbol()};
    meta.gitops = symbol();
    meta.stuck_after = symbol();
    if (maybe()) meta.initiator = InitiatorMark(Initiator{"gemini", text(), text()});
    for (std::size_t i = below(4); i > 0; --i) meta.finalizers.push_back(symbol());
    for (std::size_t i = below(4); i > 0; --i) {
      meta.managed_fields.push_back({symbol(), random_(), maybe() ? 0 : random_() * std::uint64_t{0x9E3779B9}, time()});
    }
    return meta;
  }

 private:
  std::mt19937 random_;
};

template <class T>
T made(Values& of);
template <>
VolumeSnapshot made(Values& of) {
  return {of.meta(), of.text(),  of.text(),   of.symbol(), of.text(), static_cast<Ready>(of.below(3)),
          of.time(), of.error(), of.number(), of.symbol()};
}
template <>
VolumeSnapshotContent made(Values& of) {
  return {of.meta(),
          static_cast<DeletionPolicy>(of.below(3)),
          of.symbol(),
          of.symbol(),
          of.ref(),
          of.text(),
          of.text(),
          of.text(),
          static_cast<Ready>(of.below(3)),
          of.time(),
          of.error(),
          of.number(),
          of.maybe(),
          of.maybe()};
}
template <>
PersistentVolumeClaim made(Values& of) {
  return {of.meta(),  of.symbol(), of.text(),  static_cast<ClaimPhase>(of.below(4)), of.ref(), of.symbol(), of.maybe(),
          of.maybe(), of.maybe(),  of.symbol()};
}
template <>
PersistentVolume made(Values& of) {
  return {of.meta(), static_cast<VolumePhase>(of.below(6)), of.time(), of.ref(), of.symbol(), of.text(), of.symbol()};
}

// Written out, so that what the packing walks by itself is compared with something else.
bool same(const ObjectRef& a, const ObjectRef& b) { return a.ns == b.ns && a.name == b.name && a.uid == b.uid; }
bool same(const StatusError& a, const StatusError& b) {
  return a.present == b.present && a.message == b.message && a.time == b.time;
}
bool same(const Meta& a, const Meta& b) {
  return a.uid == b.uid && a.ns == b.ns && a.name == b.name && a.resource_version == b.resource_version &&
         a.created == b.created && a.deleted == b.deleted && a.velero.backup == b.velero.backup &&
         a.velero.restore == b.velero.restore && a.velero.schedule == b.velero.schedule && a.gitops == b.gitops &&
         a.stuck_after == b.stuck_after && a.initiator == b.initiator && a.finalizers == b.finalizers &&
         a.managed_fields == b.managed_fields;
}
bool same(const VolumeSnapshot& a, const VolumeSnapshot& b) {
  return same(a.meta, b.meta) && a.source_claim == b.source_claim && a.source_content == b.source_content &&
         a.class_name == b.class_name && a.bound_content == b.bound_content && a.ready == b.ready && a.cut == b.cut &&
         same(a.error, b.error) && a.restore_size == b.restore_size && a.group == b.group;
}
bool same(const VolumeSnapshotContent& a, const VolumeSnapshotContent& b) {
  return same(a.meta, b.meta) && a.policy == b.policy && a.driver == b.driver && a.class_name == b.class_name &&
         same(a.snapshot, b.snapshot) && a.source_volume_handle == b.source_volume_handle &&
         a.source_snapshot_handle == b.source_snapshot_handle && a.snapshot_handle == b.snapshot_handle &&
         a.ready == b.ready && a.cut == b.cut && same(a.error, b.error) && a.restore_size == b.restore_size &&
         a.being_created == b.being_created && a.being_deleted == b.being_deleted;
}
bool same(const PersistentVolumeClaim& a, const PersistentVolumeClaim& b) {
  return same(a.meta, b.meta) && a.storage_class == b.storage_class && a.volume_name == b.volume_name &&
         a.phase == b.phase && same(a.source, b.source) && a.provisioner == b.provisioner &&
         a.selected_node == b.selected_node && a.applied_from_snapshot == b.applied_from_snapshot &&
         a.excluded_from_backup == b.excluded_from_backup && a.rpo == b.rpo;
}
bool same(const PersistentVolume& a, const PersistentVolume& b) {
  return same(a.meta, b.meta) && a.phase == b.phase && a.phase_since == b.phase_since && same(a.claim, b.claim) &&
         a.driver == b.driver && a.volume_handle == b.volume_handle && a.storage_class == b.storage_class;
}

}  // namespace

TEMPLATE_TEST_CASE("an object that was packed is what it was, whatever is in it", "[packed]", VolumeSnapshot,
                   VolumeSnapshotContent, PersistentVolumeClaim, PersistentVolume) {
  Values values(7);
  TestType again;  // of any content: what the object before has left
  for (int i = 0; i < 2'000; ++i) {
    const auto object = made<TestType>(values);
    std::string bytes = "before";
    pack(object, bytes);
    unpack(bytes.data() + 6, again);
    CHECK(same(again, object));
    std::string scratch;
    CHECK(packed_uid<TestType>(bytes.data() + 6) == object.meta.uid);
    const PackedName name = packed_name<TestType>(bytes.data() + 6, scratch);
    CHECK(name.ns == object.meta.ns.get());
    CHECK(name.name == object.meta.name);
    CHECK(packed_resource_version<TestType>(bytes.data() + 6) == object.meta.resource_version);
    TestType last;
    take(bytes.data() + 6, last);
    CHECK(same(last, object));
  }
}

TEST_CASE("packed objects are users of interned values until they are taken", "[packed]") {
  auto& symbols = InternTable<std::string>::instance();
  const std::size_t before = symbols.size();
  std::string bytes;
  {
    VolumeSnapshot object;
    object.meta.ns = Symbol("packed-only");
    object.meta.finalizers = {Symbol("packed-finalizer")};
    pack(object, bytes);
  }
  CHECK(symbols.size() == before + 2);
  {
    VolumeSnapshot object;
    unpack(bytes.data(), object);
    take(bytes.data(), object);
    CHECK(object.meta.ns.get() == "packed-only");
    CHECK(object.meta.finalizers.front().get() == "packed-finalizer");
  }
  CHECK(symbols.size() == before);
}

TEST_CASE("a packed snapshot as the snapshot-controller makes it takes about a hundred and fifty bytes", "[packed]") {
  VolumeSnapshot object;
  const Instant at{Millis(1'777'863'721'000)};
  object.meta.uid = *Uid::parse("f3b1c5a0-92f5-4f6a-8d8e-0a3d3f1b2c4d");
  object.meta.ns = Symbol("shop");
  object.meta.name = "velero-data-12345";
  object.meta.resource_version = "10012345";
  object.meta.created = at;
  object.meta.finalizers = {Symbol("as-source-protection"), Symbol("bound-protection")};
  for (const char* manager : {"velero-server", "snapshot-controller", "snapshot-controller"}) {
    object.meta.managed_fields.push_back({Symbol(manager), 0x9E3779B97F4A7C15, 0x9E3779B97F4A7C15, at});
  }
  object.source_claim = "data-12345";
  object.class_name = Symbol("fast");
  object.bound_content = "snapcontent-f3b1c5a0-92f5-4f6a-8d8e-0a3d3f1b2c4d";
  object.ready = Ready::True;
  object.cut = at;
  object.restore_size = 10'737'418'240;
  std::string bytes;
  pack(object, bytes);
  CHECK(bytes.size() < 160);
  take(bytes.data(), object);
}
