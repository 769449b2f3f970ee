// The pipeline where not all of the cluster is followed.
#include "controller/pipeline.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace snaptrail;
using controller::Pipeline;
using controller::Scope;
using informers::Availability;
using informers::EventType;
using informers::Target;
using objects::Kind;

namespace {

using Lines = std::vector<std::string>;

objects::Uid uid(int digit) {
  return *objects::Uid::parse("00000000-0000-4000-8000-00000000000" + std::to_string(digit));
}
objects::Instant at(int second) { return objects::Instant{objects::Millis{second * 1000LL}}; }

objects::VolumeSnapshot snapshot(int digit, const char* ns, const char* version, bool ready = false) {
  objects::VolumeSnapshot snapshot;
  snapshot.meta.uid = uid(digit);
  snapshot.meta.ns = objects::Symbol(ns);
  snapshot.meta.name = "s" + std::to_string(digit);
  snapshot.meta.resource_version = version;
  if (ready) snapshot.ready = objects::Ready::True;
  return snapshot;
}

/// Of a VolumeSnapshot that is nowhere, unless it is snapshot(of).
objects::VolumeSnapshotContent content(int digit, const char* ns, const char* version, int of = 9) {
  objects::VolumeSnapshotContent content;
  content.meta.uid = uid(digit);
  content.meta.name = "c" + std::to_string(digit);
  content.meta.resource_version = version;
  content.snapshot = {objects::Symbol(ns), "s" + std::to_string(of), uid(of)};
  return content;
}

objects::PersistentVolume volume(int digit, const char* claim_ns, const char* version) {
  objects::PersistentVolume volume;
  volume.meta.uid = uid(digit);
  volume.meta.name = "v" + std::to_string(digit);
  volume.meta.resource_version = version;
  volume.claim.ns = objects::Symbol(claim_ns);
  return volume;
}

objects::Namespace name_space(int digit, const char* name, const char* version) {
  objects::Namespace ns;
  ns.meta.uid = uid(digit);
  ns.meta.name = name;
  ns.meta.resource_version = version;
  return ns;
}

struct Sink : controller::PipelineSink {
  std::vector<ledger::Batch> batches;
  Lines scopes;
  Lines missing;
  bool opened = false;

  void record(ledger::Batch batch) override { batches.push_back(std::move(batch)); }
  void availability_changed(const Target&, Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation&) override {}
  void gate_opened(objects::Instant) override { opened = true; }
  void scope_changed(const Scope::Change& change) override {
    std::string line;
    for (const auto& ns : change.added) line += "+" + ns;
    for (const auto& ns : change.removed) line += "-" + ns;
    scopes.push_back(line);
  }
  void namespaces_missing(const std::vector<std::string>& names) override { missing = names; }

  /// Without those of diagnosis.
  Lines rows() const {
    Lines lines;
    for (const auto& batch : batches) {
      for (const auto& row : batch.rows) {
        if (row.type != objects::RowType::Finding) lines.push_back(line(row));
      }
    }
    return lines;
  }
  std::vector<std::string> positions() const {
    std::set<std::string> streams;
    for (const auto& batch : batches) {
      for (const auto& position : batch.positions) streams.insert(position.target + "=" + position.resource_version);
    }
    return {streams.begin(), streams.end()};
  }

 private:
  static std::string line(const objects::Row& row) {
    if (row.gap) return "gap " + row.gap->resource + " " + row.ns;
    std::string text = row.name + ' ' + (row.from ? std::string(to_string(*row.from)) : "-") + "→";
    text += row.to ? to_string(*row.to) : "-";
    return row.late ? text + " late" : text;
  }
};

struct Fixture {
  Target snapshots{Kind::VolumeSnapshot, {}, "volumesnapshots"};
  Target contents{Kind::VolumeSnapshotContent, {}, "volumesnapshotcontents"};
  Target volumes{Kind::PersistentVolume, {}, "persistentvolumes"};
  Target namespaces{Kind::Namespace, {}, "namespaces"};
  Sink sink;
  Pipeline pipeline;

  explicit Fixture(Scope scope, std::set<std::string> followed_before = {})
      : pipeline(options(std::move(scope), std::move(followed_before)), sink) {}

  controller::PipelineOptions options(Scope scope, std::set<std::string> followed_before) const {
    controller::PipelineOptions options;
    options.cluster = "c";
    options.targets = {snapshots, contents, volumes, namespaces};
    options.scope = std::move(scope);
    options.followed_before = std::move(followed_before);
    return options;
  }
  Target in(const char* ns) const {
    Target stream = snapshots;
    stream.ns = ns;
    return stream;
  }
  void list(const Target& target, std::vector<objects::Object> objects, const char* version, int second) {
    pipeline.list_started(target, at(second));
    for (auto& object : objects) pipeline.listed(target, std::move(object), at(second));
    pipeline.list_finished(target, version, at(second));
    pipeline.availability(target, Availability::Synced, "", at(second));
  }
  void deliver(const Target& target, EventType type, objects::Object object, int second) {
    pipeline.delivered(target, {type, std::move(object)}, at(second));
  }
  /// Opens the gate of a selector's pipeline that follows a and b.
  void open_selected() {
    list(namespaces, {name_space(7, "a", "1"), name_space(8, "b", "1")}, "10", 1);
    list(in("a"), {snapshot(1, "a", "5")}, "10", 1);
    list(in("b"), {snapshot(2, "b", "6")}, "10", 1);
    list(volumes, {}, "10", 1);
    list(contents, {content(3, "b", "7", 2)}, "10", 1);
    REQUIRE(sink.opened);
  }
};

const controller::Gate::Entry& entry_of(const Pipeline& pipeline, std::string_view name) {
  const auto found =
      std::ranges::find_if(pipeline.gate().entries(), [name](const auto& entry) { return entry.target.name == name; });
  REQUIRE(found != pipeline.gate().entries().end());
  return *found;
}

}  // namespace

TEST_CASE("a list of one namespace ends nothing in another, and each resumes by itself", "[pipeline_scope]") {
  Fixture f(Scope::named({"a", "b"}));
  f.list(f.contents, {}, "9", 1);
  f.list(f.volumes, {}, "9", 1);
  f.list(f.in("a"), {snapshot(1, "a", "5")}, "10", 1);
  CHECK_FALSE(f.sink.opened);
  f.list(f.in("b"), {snapshot(2, "b", "6")}, "11", 1);
  REQUIRE(f.sink.opened);
  f.list(f.in("b"), {snapshot(2, "b", "6")}, "20", 60);
  CHECK(f.sink.rows().empty());
  f.list(f.in("b"), {}, "30", 90);
  CHECK(f.sink.rows() == Lines{"s2 Pending→Deleted late"});
  f.deliver(f.in("a"), EventType::Modified, snapshot(1, "a", "31", true), 91);
  CHECK(f.sink.rows().back() == "s1 Pending→Ready");
  const auto positions = f.sink.positions();
  CHECK(std::ranges::find(positions, "volumesnapshots@a=31") != positions.end());
  CHECK(std::ranges::find(positions, "volumesnapshots@b=30") != positions.end());
}

TEST_CASE("lists of two namespaces that overlap drop what is theirs only", "[pipeline_scope]") {
  Fixture f(Scope::named({"a", "b"}));
  f.list(f.contents, {}, "9", 1);
  f.list(f.volumes, {}, "9", 1);
  f.list(f.in("a"), {snapshot(1, "a", "5"), snapshot(3, "a", "5")}, "10", 1);
  f.list(f.in("b"), {snapshot(2, "b", "6")}, "11", 1);
  f.pipeline.list_started(f.in("a"), at(60));
  f.pipeline.list_started(f.in("b"), at(60));
  f.pipeline.listed(f.in("a"), snapshot(1, "a", "5"), at(60));
  f.pipeline.list_finished(f.in("b"), "20", at(61));
  f.pipeline.list_finished(f.in("a"), "20", at(62));
  CHECK(f.sink.rows() == Lines{"s2 Pending→Deleted late", "s3 Pending→Deleted late"});
}

TEST_CASE("one namespace that is refused is said, and keeps the others from nothing", "[pipeline_scope]") {
  Fixture f(Scope::named({"a", "b"}));
  f.list(f.contents, {}, "9", 1);
  f.list(f.volumes, {}, "9", 1);
  f.list(f.in("a"), {snapshot(1, "a", "5")}, "10", 1);
  f.pipeline.availability(f.in("b"), Availability::Forbidden, "no right", at(2));
  REQUIRE(f.sink.opened);
  const auto& entry = entry_of(f.pipeline, "volumesnapshots");
  CHECK(entry.availability == Availability::Forbidden);
  CHECK(entry.why == "in namespace b: no right");
  f.deliver(f.in("a"), EventType::Modified, snapshot(1, "a", "31", true), 3);
  CHECK(f.sink.rows() == Lines{"s1 Pending→Ready"});
  f.list(f.in("b"), {}, "40", 60);
  CHECK(entry_of(f.pipeline, "volumesnapshots").availability == Availability::Synced);
}

TEST_CASE("of several namespaces that are refused the reason is told once", "[pipeline_scope]") {
  Fixture f(Scope::named({"a", "b", "c"}));
  f.pipeline.availability(f.in("b"), Availability::Forbidden, "no right", at(2));
  f.pipeline.availability(f.in("c"), Availability::Forbidden, "no right", at(2));
  CHECK(entry_of(f.pipeline, "volumesnapshots").availability == Availability::Syncing);
  f.list(f.in("a"), {}, "40", 3);
  CHECK(entry_of(f.pipeline, "volumesnapshots").why == "in namespaces b, c: no right");
}

TEST_CASE("contents and volumes of other namespaces are no orphans and make no rows", "[pipeline_scope]") {
  Fixture f(Scope::named({"a"}));
  f.list(f.contents, {content(3, "a", "5"), content(4, "b", "5")}, "9", 1);
  f.list(f.volumes, {volume(5, "b", "5"), volume(6, "", "5")}, "9", 1);
  f.list(f.in("a"), {}, "10", 1);
  REQUIRE(f.sink.opened);
  f.deliver(f.contents, EventType::Modified, content(4, "b", "11"), 2);
  f.deliver(f.volumes, EventType::Added, volume(7, "b", "12"), 2);
  f.pipeline.advance(at(60));
  CHECK(f.sink.rows() == Lines{"c3 Pending→Orphaned late"});
  CHECK(f.pipeline.stores().contents.size() == 1);
  CHECK(f.pipeline.stores().volumes.size() == 0);
  CHECK(f.pipeline.stores().exists_elsewhere(Kind::VolumeSnapshotContent, "c4"));
  f.deliver(f.contents, EventType::Deleted, content(4, "b", "13"), 61);
  CHECK_FALSE(f.pipeline.stores().exists_elsewhere(Kind::VolumeSnapshotContent, "c4"));
  CHECK(f.sink.rows().size() == 1);
}

TEST_CASE("a content whose namespace can't be seen is no orphan either", "[pipeline_scope]") {
  Fixture f(Scope::named({"a", "b"}));
  f.list(f.contents, {content(3, "b", "5")}, "9", 1);
  f.list(f.volumes, {}, "9", 1);
  f.list(f.in("a"), {}, "10", 1);
  f.pipeline.availability(f.in("b"), Availability::Forbidden, "no right", at(1));
  REQUIRE(f.sink.opened);
  f.pipeline.advance(at(60));
  CHECK(f.sink.rows().empty());
}

TEST_CASE("a volume whose claim was taken off stays in sight until another namespace has it", "[pipeline_scope]") {
  Fixture f(Scope::named({"a"}));
  f.list(f.contents, {}, "9", 1);
  f.list(f.volumes, {volume(5, "a", "5")}, "9", 1);
  f.list(f.in("a"), {}, "10", 1);
  f.deliver(f.volumes, EventType::Modified, volume(5, "", "11"), 2);
  CHECK(f.pipeline.stores().volumes.size() == 1);
  f.deliver(f.volumes, EventType::Modified, volume(5, "b", "12"), 3);
  CHECK(f.pipeline.stores().volumes.size() == 0);
  CHECK(f.sink.rows().empty());
}

TEST_CASE("records of what is not followed any more stay as they are", "[pipeline_scope]") {
  Fixture f(Scope::named({"a"}), {"volumesnapshots", "volumesnapshotcontents"});
  const auto restore = [&f](Kind kind, int digit, const char* ns, const char* name) {
    objects::ObjectRecord record;
    record.kind = kind;
    record.uid = uid(digit);
    record.ns = ns;
    record.name = name;
    record.state = objects::State::Pending;
    f.pipeline.restore(std::move(record));
  };
  restore(Kind::VolumeSnapshot, 1, "a", "s1");
  restore(Kind::VolumeSnapshot, 2, "b", "s2");
  restore(Kind::VolumeSnapshotContent, 3, "", "c3");
  restore(Kind::VolumeSnapshotContent, 4, "", "c4");
  f.list(f.contents, {content(4, "b", "5")}, "9", 1);
  f.list(f.volumes, {}, "9", 1);
  f.list(f.in("a"), {}, "10", 1);
  CHECK(f.sink.rows() == Lines{"c3 Pending→Deleted late", "s1 Pending→Deleted late"});
}

TEST_CASE("named namespaces that do not exist are told", "[pipeline_scope]") {
  Fixture f(Scope::named({"a", "b"}));
  f.list(f.namespaces, {name_space(7, "a", "1"), name_space(8, "other", "1")}, "10", 1);
  CHECK(f.sink.missing == Lines{"b"});
  CHECK(f.pipeline.stores().namespaces.size() == 1);
}

TEST_CASE("a gap of one namespace names it", "[pipeline_scope]") {
  Fixture f(Scope::named({"a", "b"}));
  f.pipeline.gap(f.in("b"), {"volumesnapshots", at(1), at(2), "5", "9", objects::GapCause::Expired}, at(2));
  CHECK(f.sink.rows() == Lines{"gap volumesnapshots b"});
}

TEST_CASE("classification waits until it is known which namespaces a selector matches", "[pipeline_scope]") {
  Fixture f(Scope::selected("team=payments"));
  CHECK(entry_of(f.pipeline, "volumesnapshots").availability == Availability::Syncing);
  f.list(f.contents, {}, "9", 1);
  f.list(f.volumes, {}, "9", 1);
  CHECK_FALSE(f.sink.opened);
  f.list(f.namespaces, {}, "10", 1);
  CHECK(f.sink.scopes == Lines{""});
  CHECK(f.sink.opened);
  CHECK(entry_of(f.pipeline, "volumesnapshots").availability == Availability::Synced);
}

TEST_CASE("a namespace that ceases to match goes out of sight after a while, and nothing in it is deleted",
          "[pipeline_scope]") {
  Fixture f(Scope::selected("team=payments"));
  f.open_selected();
  CHECK(f.sink.scopes == Lines{"+a+b"});
  f.deliver(f.namespaces, EventType::Deleted, name_space(8, "b", "20"), 10);
  // What its end still brings is recorded.
  f.deliver(f.in("b"), EventType::Modified, snapshot(2, "b", "21", true), 11);
  f.pipeline.advance(at(60));
  CHECK(f.sink.scopes == Lines{"+a+b", "-b"});
  CHECK(f.sink.rows() == Lines{"s2 Pending→Ready"});
  CHECK(f.pipeline.stores().snapshots.size() == 1);
  CHECK(f.pipeline.stores().contents.size() == 0);
  // The stream that is being ended says no more.
  f.deliver(f.in("b"), EventType::Deleted, snapshot(2, "b", "22", true), 61);
  f.list(f.in("b"), {}, "23", 61);
  CHECK(f.sink.rows().size() == 1);
  CHECK(entry_of(f.pipeline, "volumesnapshots").parts.size() == 1);
}

TEST_CASE("a namespace that matches again goes on from what was recorded", "[pipeline_scope]") {
  Fixture f(Scope::selected("team=payments"));
  f.open_selected();
  f.deliver(f.namespaces, EventType::Deleted, name_space(8, "b", "20"), 10);
  f.pipeline.advance(at(60));
  REQUIRE(f.pipeline.stores().snapshots.size() == 1);
  f.deliver(f.namespaces, EventType::Added, name_space(8, "b", "30"), 100);
  CHECK(f.sink.scopes.back() == "+b");
  REQUIRE(f.pipeline.position(f.in("b")) != nullptr);
  CHECK(f.pipeline.position(f.in("b"))->resource_version == "10");
  f.list(f.in("b"), {snapshot(2, "b", "25", true), snapshot(4, "b", "26")}, "31", 101);
  f.list(f.contents, {content(3, "b", "7", 2)}, "31", 101);
  f.pipeline.advance(at(200));
  CHECK(f.sink.rows() == Lines{"s2 Pending→Ready late", "s4 -→Pending late"});
}

TEST_CASE("what is gone when a namespace matches again was deleted meanwhile", "[pipeline_scope]") {
  Fixture f(Scope::selected("team=payments"));
  f.open_selected();
  f.deliver(f.namespaces, EventType::Deleted, name_space(8, "b", "20"), 10);
  f.pipeline.advance(at(60));
  f.deliver(f.namespaces, EventType::Added, name_space(8, "b", "30"), 100);
  f.list(f.in("b"), {}, "31", 101);
  f.list(f.contents, {}, "31", 102);
  CHECK(f.sink.rows() == Lines{"s2 Pending→Deleted late", "c3 Pending→Deleted late"});
}

TEST_CASE("a namespace that begins to match has no news in its first list, and has some from then on",
          "[pipeline_scope]") {
  Fixture f(Scope::selected("team=payments"));
  f.open_selected();
  f.deliver(f.namespaces, EventType::Added, name_space(9, "new", "20"), 10);
  f.list(f.in("new"), {snapshot(5, "new", "12")}, "21", 11);
  f.list(f.contents, {content(3, "b", "7", 2), content(6, "new", "13", 5)}, "21", 12);
  CHECK(f.sink.rows().empty());
  f.deliver(f.in("new"), EventType::Added, snapshot(4, "new", "22"), 13);
  CHECK(f.sink.rows() == Lines{"s4 -→Pending"});
}

TEST_CASE("of a resource that is refused everywhere, what to configure is said", "[pipeline_scope]") {
  Fixture f{Scope()};
  f.pipeline.availability(f.snapshots, Availability::Forbidden, "no right", at(1));
  CHECK(entry_of(f.pipeline, "volumesnapshots").why ==
        "no right; where the right covers some namespaces only, name them in watch.namespaces");
}
