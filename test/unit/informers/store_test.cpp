#include "informers/store.hpp"

#include <array>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <random>
#include <set>

using namespace snaptrail::informers;
using snaptrail::objects::Backup;
using snaptrail::objects::Instant;
using snaptrail::objects::InternTable;
using snaptrail::objects::Symbol;
using snaptrail::objects::Uid;
using snaptrail::objects::VolumeSnapshot;

namespace {

Uid uid(std::uint8_t number) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = number;
  return Uid::from_bytes(bytes);
}

/// Of a kind that is kept packed, and of one that isn't.
template <class T = VolumeSnapshot>
T snapshot(std::uint8_t number, const std::string& ns, const std::string& name, const std::string& version) {
  T object;
  object.meta.uid = uid(number);
  object.meta.ns = Symbol(ns);
  object.meta.name = name;
  object.meta.resource_version = version;
  return object;
}

std::vector<std::string> names(const std::vector<VolumeSnapshot>& objects) {
  std::vector<std::string> result;
  for (const auto& object : objects) result.push_back(object.meta.ns.get() + "/" + object.meta.name);
  return result;
}

}  // namespace

TEST_CASE("a store adds an unknown UID and finds it by UID and by name", "[store]") {
  Store<VolumeSnapshot> store;
  const auto change = store.upsert(snapshot(1, "app", "nightly", "10"));
  CHECK(change.kind == ChangeKind::Added);
  CHECK_FALSE(change.previous);
  REQUIRE(change.object != nullptr);
  CHECK(change.object->meta.name == "nightly");
  CHECK(store.find(uid(1))->meta.name == "nightly");
  CHECK(store.find("app", "nightly")->meta.uid == uid(1));
  CHECK(store.find(uid(2)) == nullptr);
  CHECK(store.find("other", "nightly") == nullptr);
  CHECK(store.find("app", "weekly") == nullptr);
  CHECK(store.size() == 1);
}

TEST_CASE("a store takes a newer version and gives back the one before", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "app", "nightly", "9"));
  const auto change = store.upsert(snapshot(1, "app", "nightly", "10"));
  CHECK(change.kind == ChangeKind::Modified);
  REQUIRE(change.previous);
  CHECK(change.previous->meta.resource_version == "9");
  CHECK(store.find("app", "nightly")->meta.resource_version == "10");
  CHECK(store.size() == 1);
}

TEST_CASE("a store ignores a version that is equal or older", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "app", "nightly", "10"));
  CHECK(store.upsert(snapshot(1, "app", "nightly", "10")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(1, "app", "nightly", "9")).kind == ChangeKind::Unchanged);
  CHECK(store.find(uid(1))->meta.resource_version == "10");
}

TEST_CASE("a store takes versions that can't be ordered unless they are equal", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "app", "nightly", "abc"));
  CHECK(store.upsert(snapshot(1, "app", "nightly", "abc")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(1, "app", "nightly", "abb")).kind == ChangeKind::Modified);
}

TEST_CASE("a store keeps two UIDs of one name apart and finds the newest by name", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "app", "nightly", "99"));
  store.upsert(snapshot(2, "app", "nightly", "100"));
  CHECK(store.size() == 2);
  CHECK(store.find("app", "nightly")->meta.uid == uid(2));
  CHECK(store.uid_of("app", "nightly") == uid(2));
  CHECK(store.remove(uid(2)));
  CHECK(store.find("app", "nightly")->meta.uid == uid(1));
  CHECK(store.remove(uid(1)));
  CHECK(store.find("app", "nightly") == nullptr);
  CHECK_FALSE(store.uid_of("app", "nightly"));
}

TEST_CASE("of two objects of one name whose versions can't be ordered a store finds the younger", "[store]") {
  Store<VolumeSnapshot> store;
  auto older = snapshot(1, "app", "nightly", "x");
  older.meta.created = Instant(std::chrono::seconds(100));
  auto younger = snapshot(2, "app", "nightly", "y");
  younger.meta.created = Instant(std::chrono::seconds(200));
  store.upsert(std::move(younger));
  store.upsert(std::move(older));
  CHECK(store.find("app", "nightly")->meta.uid == uid(2));
}

TEST_CASE("removing an unknown UID from a store gives nothing", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "app", "nightly", "1"));
  CHECK_FALSE(store.remove(uid(9)));
  const auto removed = store.remove(uid(1));
  REQUIRE(removed);
  CHECK(removed->meta.name == "nightly");
  CHECK_FALSE(store.remove(uid(1)));
  CHECK(store.size() == 0);
}

TEST_CASE("a re-list drops what it did not name, in the order of namespace and name", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "b", "one", "1"));
  store.upsert(snapshot(2, "a", "two", "2"));
  store.upsert(snapshot(3, "a", "one", "3"));
  store.upsert(snapshot(4, "c", "kept", "4"));
  store.begin_relist();
  CHECK(store.upsert(snapshot(4, "c", "kept", "4")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(5, "c", "new", "5")).kind == ChangeKind::Added);
  CHECK(names(store.end_relist()) == std::vector<std::string>{"a/one", "a/two", "b/one"});
  CHECK(store.size() == 2);
  CHECK(store.find("c", "kept") != nullptr);
  CHECK(store.find("a", "one") == nullptr);
}

TEST_CASE("a re-list that broke off drops nothing, and what it brought must be named again", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "a", "old", "1"));
  store.begin_relist();
  store.upsert(snapshot(2, "a", "seen-once", "2"));
  CHECK(store.size() == 2);
  store.begin_relist();
  store.upsert(snapshot(1, "a", "old", "1"));
  CHECK(names(store.end_relist()) == std::vector<std::string>{"a/seen-once"});
}

TEST_CASE("re-lists of two namespaces may overlap, and each drops what is in its own", "[store]") {
  Store<VolumeSnapshot> store;
  for (const char* ns : {"a", "b"}) {
    store.begin_relist(ns);
    CHECK(store.end_relist(ns).empty());
  }
  store.upsert(snapshot(1, "a", "gone", "1"));
  store.upsert(snapshot(2, "b", "gone", "2"));
  store.upsert(snapshot(3, "b", "kept", "3"));
  store.begin_relist("a");
  store.begin_relist("b");
  store.upsert(snapshot(3, "b", "kept", "3"));
  store.upsert(snapshot(4, "a", "new", "4"));
  CHECK(names(store.end_relist("b")) == std::vector<std::string>{"b/gone"});
  CHECK(names(store.end_relist("a")) == std::vector<std::string>{"a/gone"});
  CHECK(store.size() == 2);
}

TEST_CASE("what is taken out of a store by a condition comes in the order of namespace and name", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "b", "one", "1"));
  store.upsert(snapshot(2, "a", "two", "2"));
  store.upsert(snapshot(3, "c", "kept", "3"));
  const auto left = store.extract([](const VolumeSnapshot& one) { return one.meta.ns.get() != "c"; });
  CHECK(names(left) == std::vector<std::string>{"a/two", "b/one"});
  CHECK(store.find("b", "one") == nullptr);
  CHECK(store.size() == 1);
}

TEST_CASE("ending a re-list that never began drops nothing", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "a", "one", "1"));
  CHECK(store.end_relist().empty());
  store.begin_relist();
  store.upsert(snapshot(1, "a", "one", "1"));
  CHECK(store.end_relist().empty());
  CHECK(store.end_relist().empty());
  CHECK(store.size() == 1);
}

TEST_CASE("what a watch adds between two lists stays until the next list", "[store]") {
  Store<VolumeSnapshot> store;
  store.begin_relist();
  CHECK(store.end_relist().empty());
  store.upsert(snapshot(1, "a", "one", "1"));
  CHECK(store.end_relist().empty());
  CHECK(store.size() == 1);
}

TEST_CASE("after history went back a store takes each object's next version, whatever its number", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "a", "older", "900"));
  store.upsert(snapshot(2, "a", "same", "700"));
  store.upsert(snapshot(3, "a", "vanished", "950"));
  store.begin_history();
  store.begin_relist();
  const auto older = store.upsert(snapshot(1, "a", "older", "500"));
  CHECK(older.kind == ChangeKind::Modified);
  CHECK(older.previous->meta.resource_version == "900");
  CHECK(older.object->meta.resource_version == "500");
  CHECK(store.upsert(snapshot(2, "a", "same", "700")).kind == ChangeKind::Modified);
  CHECK(names(store.end_relist()) == std::vector<std::string>{"a/vanished"});
  CHECK(store.upsert(snapshot(1, "a", "older", "500")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(1, "a", "older", "499")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(1, "a", "older", "501")).kind == ChangeKind::Modified);
}

TEST_CASE("what only went out of sight comes back in a newer version, and what ended does not in an older one",
          "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "a", "ended", "5"));
  store.upsert(snapshot(2, "a", "hidden", "5"));
  store.remove(uid(1), "8");
  store.remove(uid(2));
  CHECK(store.upsert(snapshot(1, "a", "ended", "7")).kind == ChangeKind::Unchanged);
  CHECK(store.upsert(snapshot(1, "a", "ended", "9")).kind == ChangeKind::Added);  // a selector matches it again
  CHECK(store.upsert(snapshot(2, "a", "hidden", "5")).kind == ChangeKind::Added);
}

TEST_CASE("after history went back a store finds by name the object of the new history", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "a", "nightly", "900"));
  store.begin_history();
  store.upsert(snapshot(2, "a", "nightly", "500"));
  CHECK(store.find("a", "nightly")->meta.uid == uid(2));
}

TEST_CASE("a name that changes under one UID does not leave the old name behind", "[store]") {
  Store<VolumeSnapshot> store;
  store.upsert(snapshot(1, "a", "before", "1"));
  store.upsert(snapshot(1, "a", "after", "2"));
  CHECK(store.find("a", "before") == nullptr);
  CHECK(store.find("a", "after") != nullptr);
  CHECK(store.remove(uid(1)));
  CHECK(store.find("a", "after") == nullptr);
}

TEST_CASE("a store visits every object once and can be moved and cleared", "[store]") {
  Store<VolumeSnapshot> store;
  for (std::uint8_t i = 1; i <= 50; ++i) store.upsert(snapshot(i, "ns", "n" + std::to_string(i), std::to_string(i)));
  Store<VolumeSnapshot> moved = std::move(store);
  std::set<std::string> seen;
  moved.for_each([&](const VolumeSnapshot& object) { seen.insert(object.meta.name); });
  CHECK(seen.size() == 50);
  CHECK(moved.find("ns", "n17")->meta.uid == uid(17));
  moved.clear();
  CHECK(moved.size() == 0);
  CHECK(moved.find("ns", "n17") == nullptr);
}

TEST_CASE("what a store has given out stays as it was", "[store]") {
  Store<VolumeSnapshot> store;
  const auto taken = store.upsert(snapshot(1, "app", "nightly", "1")).object;
  const auto found = store.find(uid(1));
  store.upsert(snapshot(1, "app", "nightly", "2"));
  store.clear();
  CHECK(taken->meta.resource_version == "1");
  CHECK(found->meta.resource_version == "1");
  CHECK(found->meta.ns.get() == "app");
}

TEST_CASE("a store ends its use of interned values with its objects", "[store]") {
  const auto in_use = [] { return InternTable<std::string>::instance().size(); };
  const std::size_t before = in_use();
  {
    Store<VolumeSnapshot> store;
    for (std::uint8_t i = 1; i <= 4; ++i) store.upsert(snapshot(i, "store-" + std::to_string(i), "one", "1"));
    CHECK(in_use() == before + 4);
    store.upsert(snapshot(1, "store-moved", "one", "2"));
    CHECK(in_use() == before + 4);
    store.remove(uid(2));
    CHECK(in_use() == before + 3);
  }
  CHECK(in_use() == before);
}

TEMPLATE_TEST_CASE("a store agrees with a plain model under random changes", "[store]", VolumeSnapshot, Backup) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Store<TestType> store;
    std::map<Uid, std::uint64_t> model;
    std::map<Uid, std::uint64_t> ended;  // older versions of these are replays
    std::uint64_t version = 1;
    for (int step = 0; step < 300; ++step) {
      const auto number = static_cast<std::uint8_t>(1 + random() % 20 + static_cast<unsigned>(step) / 30 * 20);
      const std::string name = "n" + std::to_string(number % 5);
      switch (random() % 8) {
        case 0: {
          const auto removed = store.remove(uid(number), std::to_string(++version));
          CHECK(removed.has_value() == (model.erase(uid(number)) == 1));
          ended[uid(number)] = version;
          break;
        }
        case 1: {
          store.begin_relist();
          std::map<Uid, std::uint64_t> named;
          for (const auto& [id, v] : model) {
            if (random() % 4 == 0) {
              ended[id] = version;
              continue;
            }
            const auto n = id.bytes()[15];
            store.upsert(snapshot<TestType>(n, "ns", "n" + std::to_string(n % 5), std::to_string(v)));
            named.emplace(id, v);
          }
          CHECK(store.end_relist({}, std::to_string(version)).size() == model.size() - named.size());
          model = named;
          break;
        }
        default: {
          const std::uint64_t v = random() % 5 == 0 ? version / 2 + 1 : ++version;
          const auto change = store.upsert(snapshot<TestType>(number, "ns", name, std::to_string(v)));
          const auto end = ended.find(uid(number));
          if (!model.contains(uid(number)) && end != ended.end() && v <= end->second) {
            CHECK(change.kind == ChangeKind::Unchanged);
            break;
          }
          const auto [it, added] = model.try_emplace(uid(number), v);
          const bool newer = !added && v > it->second;
          if (newer) it->second = v;
          CHECK(change.kind == (added ? ChangeKind::Added : newer ? ChangeKind::Modified : ChangeKind::Unchanged));
        }
      }
      REQUIRE(store.size() == model.size());
      std::map<std::string, std::uint64_t> newest;
      for (const auto& [id, v] : model) {
        REQUIRE(store.find(id) != nullptr);
        REQUIRE(store.find(id)->meta.resource_version == std::to_string(v));
        auto& best = newest["n" + std::to_string(id.bytes()[15] % 5)];
        best = std::max(best, v);
      }
      for (const auto& [n, v] : newest) REQUIRE(store.find("ns", n)->meta.resource_version == std::to_string(v));
    }
  }
}
