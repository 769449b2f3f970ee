#include "informers/informer_set.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "reflector_harness.hpp"

using namespace snaptrail::informers;
using namespace snaptrail::informers::test;
using Lines = std::vector<std::string>;
using snaptrail::objects::Kind;

namespace {

/// A set of three kinds: snapshots are there, contents are refused, classes absent. Watches stay open.
struct SetHarness {
  static Answer serve(const std::string& target) {
    if (target.find("volumesnapshotcontents") != std::string::npos) return status(403, "Forbidden");
    if (target.find("volumesnapshotclasses") != std::string::npos) return answer(404, "404 page not found\n");
    if (target.find("watch=true") == std::string::npos) return list("100", {object("a", "5")});
    return stream({event("ADDED", object("b", "101"))}, End::Open);
  }

  /// Runs until the set's run() has ended; `on_line` is to see to that.
  void run() {
    bool ended = false;
    boost::asio::co_spawn(context, set.run(),
                          boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e) {
                            thrown = std::move(e);
                            ended = true;
                            server.stop();
                          }));
    context.run_for(kCeiling);
    REQUIRE(ended);
    CHECK(context.stopped());
  }
  bool saw(const std::string& target, const std::string& line) {
    const auto& lines = intake.by_target[target];
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }
  bool complete() {
    return saw("volumesnapshots", "ADDED b 101") && saw("volumesnapshotcontents", "forbidden") &&
           saw("volumesnapshotclasses", "absent");
  }

  boost::asio::io_context context{1};
  boost::asio::cancellation_signal cancel;
  RecordingIntake intake;
  ScriptedServer server{context, serve};
  InformerSet set{context.get_executor(),
                  config_for(server.port()),
                  {{kSnapshots, std::nullopt},
                   {{Kind::VolumeSnapshotContent, "", "volumesnapshotcontents"}, std::nullopt},
                   {{Kind::VolumeSnapshotClass, "", "volumesnapshotclasses"}, std::nullopt}},
                  intake,
                  1,
                  quick_options()};
  std::exception_ptr thrown;
};

}  // namespace

TEST_CASE("of an informer set, what is absent or forbidden does not keep the others from being followed",
          "[informer_set]") {
  SetHarness h;
  h.intake.on_line = [&](const std::string&) {
    if (h.complete()) h.set.stop();
  };
  h.run();
  CHECK_FALSE(h.thrown);
  CHECK(h.intake.by_target["volumesnapshots"] ==
        Lines{"list_started", "listed a 5", "list_finished 100", "synced", "ADDED b 101"});
  REQUIRE(h.set.reflectors().size() == 3);
  CHECK(h.set.reflectors()[0]->stats().availability == Availability::Synced);
  CHECK(h.set.reflectors()[1]->stats().availability == Availability::Forbidden);
  CHECK(h.set.reflectors()[2]->stats().availability == Availability::Absent);
}

TEST_CASE("cancelling an informer set's run ends all of it before run returns", "[informer_set]") {
  SetHarness h;
  h.intake.on_line = [&](const std::string&) {
    if (!h.complete()) return;
    boost::asio::post(h.context, [&] { h.cancel.emit(boost::asio::cancellation_type::terminal); });
  };
  h.run();
  CHECK_FALSE(h.thrown);
}

TEST_CASE("an exception in one reflector of a set stops the others and comes out of run", "[informer_set]") {
  SetHarness h;
  h.intake.on_line = [&](const std::string& line) {
    if (line == "ADDED b 101") throw std::runtime_error("the disk is gone");
  };
  h.run();
  REQUIRE(h.thrown);
  CHECK_THROWS_AS(std::rethrow_exception(h.thrown), std::runtime_error);
}

TEST_CASE("an informer set that was stopped before its run starts nothing", "[informer_set]") {
  SetHarness h;
  h.set.stop();
  h.set.stop();
  h.run();
  CHECK(h.intake.seen.empty());
}

TEST_CASE("a target that is added while an informer set runs is followed, and one that is removed hands over no more",
          "[informer_set]") {
  SetHarness h;
  Target in_app = kSnapshots;
  in_app.ns = "app";
  std::size_t before = 0;
  bool ended = false;
  h.intake.on_line = [&](const std::string& line) {
    if (line != "ADDED b 101") return;
    if (++before == 1) {
      h.set.add({in_app, std::nullopt});
    } else {
      h.set.remove(kSnapshots, [&] {
        ended = true;
        h.set.stop();
      });
    }
  };
  h.run();
  CHECK_FALSE(h.thrown);
  CHECK(before == 2);
  CHECK(ended);
  CHECK(h.set.reflectors().size() == 3);
}

TEST_CASE("a target that is removed and added again is listed again, from where it was", "[informer_set]") {
  SetHarness h;
  std::size_t lists = 0;
  h.intake.on_line = [&](const std::string& line) {
    if (line == "list_started") ++lists;
    if (line != "ADDED b 101") return;
    if (lists == 1) {
      h.set.remove(kSnapshots, [&] { h.set.add({kSnapshots, Position{"101", {}}}); });
    } else {
      h.set.stop();
    }
  };
  h.run();
  CHECK_FALSE(h.thrown);
  CHECK(lists == 2);
  // The server's list is of version 100, which is before 101: to the one who comes back history has gone back.
  CHECK(h.saw("volumesnapshots", "gap rewound 101..100"));
}

TEST_CASE("what was removed from an informer set before its run is never started", "[informer_set]") {
  SetHarness h;
  bool told = false;
  h.set.remove(kSnapshots, [&] { told = true; });
  h.intake.on_line = [&](const std::string&) {
    if (h.saw("volumesnapshotcontents", "forbidden") && h.saw("volumesnapshotclasses", "absent")) h.set.stop();
  };
  h.run();
  CHECK(told);
  CHECK(h.intake.by_target["volumesnapshots"].empty());
}

TEST_CASE("an informer set without targets ends at once", "[informer_set]") {
  boost::asio::io_context context{1};
  RecordingIntake intake;
  InformerSet set(context.get_executor(), config_for(1), {}, intake, 1);
  bool ended = false;
  boost::asio::co_spawn(context, set.run(), [&](const std::exception_ptr& e) { ended = !e; });
  context.run_for(kCeiling);
  CHECK(ended);
}
