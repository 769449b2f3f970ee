// What the ledger is to keep of Backups, Restores and copies of data.
#include "reconcilers/operation_book.hpp"

#include <catch2/catch_test_macros.hpp>

#include "cluster.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using objects::Operation;
using objects::OperationEnd;
using objects::Symbol;

namespace {

template <class T>
T velero(int n, const std::string& name) {
  T made;
  made.meta.uid = uid(n);
  made.meta.ns = Symbol("velero");
  made.meta.name = name;
  made.meta.created = at(n);
  return made;
}

objects::Backup backup(const std::string& phase = "InProgress") {
  auto made = velero<objects::Backup>(1, "nightly-1");
  made.phase = Symbol(phase);
  made.meta.velero.schedule = Symbol("nightly");
  return made;
}

objects::DataUpload upload(const std::string& phase = "Completed") {
  auto made = velero<objects::DataUpload>(2, "nightly-1-x");
  made.phase = Symbol(phase);
  made.meta.velero.backup = Symbol("nightly-1");
  made.claim = {Symbol("shop"), "data", {}};
  made.snapshot_id = "copy-1";
  return made;
}

objects::DeleteBackupRequest request() {
  auto made = velero<objects::DeleteBackupRequest>(3, "nightly-1-delete");
  made.backup_name = "nightly-1";
  return made;
}

struct Book {
  controller::ClusterStores stores;
  reconcilers::OperationBook book{stores};

  Book() {
    for (const Kind kind : objects::kAllKinds) stores.set_synced(kind, true);
  }
  /// What is to be recorded, `name phase` each.
  std::string news() {
    last = book.take();
    std::string text;
    for (const auto& one : last) {
      text += (text.empty() ? "" : ", ") + one.name + " " + one.phase + (one.being_deleted ? " going" : "");
      if (one.end) text += " " + std::string(to_string(*one.end));
    }
    return text;
  }
  template <class T>
  void show(informers::Store<T>& store, T object) {
    object.meta.resource_version = std::to_string(++version);
    const auto change = store.upsert(std::move(object));
    book.changed(change.previous ? &*change.previous : nullptr, *change.object);
  }
  template <class T>
  void lose(informers::Store<T>& store, const T& object, int second) {
    store.remove(object.meta.uid);
    book.gone(object, at(second));
  }

  std::vector<Operation> last;
  int version = 0;
};

}  // namespace

TEST_CASE("what changes of an operation is recorded, and nothing else", "[operations]") {
  Book book;
  book.show(book.stores.backups, backup());
  CHECK(book.news() == "nightly-1 InProgress");
  auto same = backup();
  same.included_namespaces = {Symbol("shop")};  // kept nowhere
  book.show(book.stores.backups, same);
  CHECK(book.news() == "");
  book.show(book.stores.backups, backup("Completed"));
  CHECK(book.news() == "nightly-1 Completed");
}

TEST_CASE("what an earlier run recorded is not recorded again", "[operations]") {
  Book book;
  book.book.restore(objects::operation_of(backup()));
  book.show(book.stores.backups, backup());
  CHECK(book.news() == "");
  book.book.settle(at(10));
  CHECK(book.news() == "");
}

TEST_CASE("a Backup's end is its expiry, its deletion, or just that somebody took its object away", "[operations]") {
  Book book;
  auto one = backup("Completed");
  one.expires = at(100);
  book.lose(book.stores.backups, one, 99);
  CHECK(book.news() == "nightly-1 Completed removed");
  book.lose(book.stores.backups, one, 100);
  CHECK(book.news() == "nightly-1 Completed expired");
  book.show(book.stores.backups, one);
  book.news();
  book.show(book.stores.delete_requests, request());
  CHECK(book.news() == "nightly-1 Completed going");
  book.lose(book.stores.backups, one, 50);
  CHECK(book.news() == "nightly-1 Completed going deleted");
}

TEST_CASE("a request that is taken back leaves the Backup as it was", "[operations]") {
  Book book;
  book.show(book.stores.backups, backup("Completed"));
  book.show(book.stores.delete_requests, request());
  CHECK(book.news() == "nightly-1 Completed, nightly-1 Completed going");
  book.lose(book.stores.delete_requests, request(), 10);
  CHECK(book.news() == "nightly-1 Completed");
}

TEST_CASE("a copy goes as its Backup does, whichever of them goes first", "[operations]") {
  for (const bool backup_first : {false, true}) {
    Book book;
    auto expired = backup("Completed");
    expired.expires = at(100);
    book.show(book.stores.backups, expired);
    book.news();
    if (backup_first) book.lose(book.stores.backups, expired, 200);
    book.lose(book.stores.data_uploads, upload(), 201);
    book.news();
    CHECK(book.last.back().end == OperationEnd::Expired);
  }
  Book book;
  book.show(book.stores.backups, backup("Completed"));
  book.lose(book.stores.data_uploads, upload(), 201);
  book.news();
  CHECK(book.last.back().end == OperationEnd::Removed);
}

TEST_CASE("what went while nobody looked is found by the end of the lists, and told by what its Backup was like",
          "[operations]") {
  Book book;
  book.stores.set_synced(Kind::Backup, false);
  auto expired = objects::operation_of(backup("Completed"));
  expired.expires = at(100);
  book.book.restore(objects::operation_of(upload()));
  book.book.restore(expired);
  book.book.settle(at(200));
  CHECK(book.news() == "");  // whether the Backup is there isn't known yet
  book.stores.set_synced(Kind::Backup, true);
  book.book.settle(at(201));
  CHECK(book.news() == "nightly-1 Completed expired, nightly-1-x Completed expired");
  CHECK(*book.last[1].gone == at(201));
  book.book.settle(at(300));
  CHECK(book.news() == "");
}

TEST_CASE("a Restore has the schedule of its Backup, and keeps it when the Backup is gone", "[operations]") {
  Book book;
  book.show(book.stores.backups, backup("Completed"));
  auto restore = velero<objects::Restore>(4, "back");
  restore.backup_name = "nightly-1";
  book.show(book.stores.restores, restore);
  book.news();
  CHECK(book.last.back().schedule == "nightly");
  Book later;
  later.book.restore(book.last.back());
  restore.phase = Symbol("Completed");
  later.show(later.stores.restores, restore);
  later.news();
  CHECK(later.last.back().schedule == "nightly");
  Book third;
  third.book.restore(later.last.back());
  third.show(third.stores.restores, restore);
  CHECK(third.news() == "");
}

TEST_CASE("copies are kept with whose data they are, and requests of users with their Backup", "[operations]") {
  Book book;
  book.show(book.stores.data_uploads, upload());
  book.news();
  const Operation& copy = book.last.back();
  CHECK(copy.claim_ns == "shop");
  CHECK(copy.claim == "data");
  CHECK(copy.copy == "copy-1");
  CHECK(copy.backup == "nightly-1");
  auto asked = velero<objects::NonAdminBackup>(5, "mine");
  asked.velero_backup = "nightly-1";
  book.show(book.stores.non_admin_backups, asked);
  book.news();
  CHECK(book.last.back().backup == "nightly-1");
}
