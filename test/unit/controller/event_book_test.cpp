#include "controller/event_book.hpp"

#include <catch2/catch_test_macros.hpp>

#include <boost/json/parse.hpp>
#include <set>
#include <string>
#include <utility>

using namespace snaptrail;
using controller::EventBook;
using objects::Instant;
using objects::Millis;
using objects::Row;

namespace {

constexpr const char* kDetail =
    R"({"summary":"No sidecar acts","evidence":[],"fix":{"text":"See whether it runs.","command":"kubectl get pods"}})";

Instant at(std::int64_t seconds) { return Instant(Millis(1'790'000'000'000 + seconds * 1'000)); }

Row began(const std::string& name, std::int64_t seconds, const std::string& reason = "SidecarAbsent") {
  Row row;
  row.type = objects::RowType::Finding;
  row.at = at(seconds);
  row.kind = objects::Kind::VolumeSnapshot;
  row.ns = "shop";
  row.name = name;
  row.uid = *objects::Uid::parse("00000000-0000-4000-8000-000000000001");
  row.reason = reason;
  row.finding = objects::FindingNote{objects::FindingEvent::Began, "stuck", "critical", row.at, false, kDetail};
  return row;
}

boost::json::object object_of(const EventBook::Next& next) { return boost::json::parse(next.write.body).as_object(); }

/// Takes what is due and says that it was written.
EventBook::Next write(EventBook& book, std::int64_t seconds) {
  auto next = book.next(at(seconds));
  REQUIRE(next);
  book.written(*next, at(seconds));
  return std::move(*next);
}

}  // namespace

TEST_CASE("a finding that begins becomes an Event about its object, with what and fix", "[events]") {
  EventBook book("pod-0");
  REQUIRE(book.recorded(began("nightly", 0)));
  const auto next = write(book, 0);
  CHECK(next.creates);
  CHECK(next.write.method == "POST");
  CHECK(next.write.target == "/api/v1/namespaces/shop/events");
  const auto event = object_of(next);
  CHECK(event.at("reason") == "SidecarAbsent");
  CHECK(event.at("type") == "Warning");
  CHECK(event.at("count") == 1);
  CHECK(event.at("reportingComponent") == "snaptrail");
  CHECK(event.at("reportingInstance") == "pod-0");
  CHECK(event.at("message") == "No sidecar acts. See whether it runs. Begin with: kubectl get pods");
  CHECK(event.at("firstTimestamp") == "2026-09-21T14:13:20Z");
  const auto& about = event.at("involvedObject").as_object();
  CHECK(about.at("apiVersion") == "snapshot.storage.k8s.io/v1");
  CHECK(about.at("kind") == "VolumeSnapshot");
  CHECK(about.at("namespace") == "shop");
  CHECK(about.at("uid") == "00000000-0000-4000-8000-000000000001");
  CHECK_FALSE(book.due());
}

TEST_CASE("only what begins after the first start becomes an Event", "[events]") {
  EventBook book("i");
  Row row = began("a", 0);
  row.finding->event = objects::FindingEvent::Ended;
  CHECK(book.recorded(row));
  row.finding->event = objects::FindingEvent::Changed;
  CHECK(book.recorded(row));
  row.finding->event = objects::FindingEvent::Began;
  row.finding->baseline = true;
  CHECK(book.recorded(row));
  row = Row();
  CHECK(book.recorded(row));
  CHECK_FALSE(book.due());
}

TEST_CASE("what just waits is a Normal Event, and one about a cluster's object goes to namespace default", "[events]") {
  EventBook book("i");
  Row row = began("content", 0, "ControllerThrottled");
  row.kind = objects::Kind::PersistentVolume;
  row.ns.clear();
  row.finding->severity = "info";
  REQUIRE(book.recorded(row));
  const auto next = write(book, 0);
  CHECK(next.write.target == "/api/v1/namespaces/default/events");
  const auto event = object_of(next);
  CHECK(event.at("type") == "Normal");
  CHECK_FALSE(event.at("involvedObject").as_object().contains("namespace"));
  CHECK(event.at("involvedObject").as_object().at("apiVersion") == "v1");
}

TEST_CASE("a finding that begins again and again is counted up in one Event, at most every five minutes", "[events]") {
  EventBook book("i");
  REQUIRE(book.recorded(began("a", 0)));
  const auto first = write(book, 0);
  for (int second = 10; second <= 200; second += 10) REQUIRE(book.recorded(began("a", second)));
  CHECK(book.due() == at(300));
  CHECK_FALSE(book.next(at(299)));
  const auto second = write(book, 300);
  CHECK_FALSE(second.creates);
  CHECK(second.write.method == "PATCH");
  CHECK(second.write.content_type == "application/merge-patch+json");
  const auto name = object_of(first).at("metadata").as_object().at("name").as_string();
  CHECK(second.write.target == "/api/v1/namespaces/shop/events/" + std::string(name.data(), name.size()));
  CHECK(object_of(second).at("count") == 21);
  CHECK(object_of(second).at("lastTimestamp") == "2026-09-21T14:16:40Z");
  CHECK_FALSE(book.due());
}

TEST_CASE("what begins again while its Event is being written is counted up later", "[events]") {
  EventBook book("i");
  REQUIRE(book.recorded(began("a", 0)));
  const auto next = book.next(at(0));
  REQUIRE(next);
  REQUIRE(book.recorded(began("a", 1)));
  CHECK_FALSE(book.due());
  book.written(*next, at(2));
  CHECK(book.due() == at(302));
  CHECK(object_of(write(book, 302)).at("count") == 2);
}

TEST_CASE("two reasons of one object, and one reason of two objects, are Events of their own", "[events]") {
  EventBook book("i");
  REQUIRE(book.recorded(began("a", 0)));
  REQUIRE(book.recorded(began("a", 0, "UploadSlow")));
  Row other = began("b", 0);
  other.uid = *objects::Uid::parse("00000000-0000-4000-8000-000000000002");
  REQUIRE(book.recorded(other));
  std::set<std::string> names;
  for (int i = 0; i < 3; ++i) {
    names.insert(std::string(object_of(write(book, 0)).at("metadata").as_object().at("name").as_string().c_str()));
  }
  CHECK(names.size() == 3);
  CHECK_FALSE(book.next(at(0)));
}

TEST_CASE("an Event that the API server has forgotten is made anew", "[events]") {
  EventBook book("i");
  REQUIRE(book.recorded(began("a", 0)));
  const auto first = write(book, 0);
  SECTION("because it is known to be old") {
    REQUIRE(book.recorded(began("a", 4'000)));
    const auto next = write(book, 4'000);
    CHECK(next.creates);
    CHECK(object_of(next).at("count") == 1);
    CHECK(object_of(next).at("metadata") != object_of(first).at("metadata"));
  }
  SECTION("because the patch says so") {
    REQUIRE(book.recorded(began("a", 400)));
    const auto patch = book.next(at(400));
    REQUIRE(patch);
    CHECK_FALSE(patch->creates);
    book.missing(*patch, at(400));
    CHECK(write(book, 400).creates);
  }
}

TEST_CASE("a write that may go better is tried four times, further and further apart, then given up", "[events]") {
  EventBook book("i");
  REQUIRE(book.recorded(began("a", 0)));
  for (const int second : {0, 5, 20}) {
    const auto next = book.next(at(second));
    REQUIRE(next);
    CHECK_FALSE(book.failed(*next, true, at(second)));
    CHECK_FALSE(book.next(at(second)));
  }
  const auto last = book.next(at(65));
  REQUIRE(last);
  CHECK(book.failed(*last, true, at(65)));
  CHECK_FALSE(book.due());
}

TEST_CASE("a write that is refused is given up at once, and the next beginning is tried again", "[events]") {
  EventBook book("i");
  REQUIRE(book.recorded(began("a", 0)));
  auto next = book.next(at(0));
  REQUIRE(next);
  CHECK(book.failed(*next, false, at(0)));
  CHECK_FALSE(book.due());
  REQUIRE(book.recorded(began("a", 60)));
  CHECK(write(book, 60).creates);
}

TEST_CASE("a flood of findings is bounded, and written at a steady pace", "[events]") {
  EventBook book("i");
  std::size_t taken = 0;
  for (int i = 0; i < 3'000; ++i) taken += book.recorded(began("s" + std::to_string(i), 0)) ? 1 : 0;
  CHECK(taken == EventBook::kMostWaiting);
  int written = 0;
  for (auto next = book.next(at(1)); next; next = book.next(at(1))) {
    book.written(*next, at(1));
    ++written;
  }
  CHECK(written == 25);
  for (auto next = book.next(at(2)); next; next = book.next(at(2))) {
    book.written(*next, at(2));
    ++written;
  }
  CHECK(written == 30);
}

TEST_CASE("what strangers wrote makes a valid Event of at most 1 kB all the same", "[events][hostile]") {
  Row row = began(std::string(253, 'n'), 0);
  row.finding->detail = R"({"summary":"a)" + std::string(500, 'x') + R"(\u001b[31m","fix":{"text":")";
  for (int i = 0; i < 600; ++i) row.finding->detail += "é";
  row.finding->detail += R"("}})";
  const std::string message = controller::event_message(row);
  CHECK(message.size() <= 1'024);
  CHECK(message.size() > 1'000);
  CHECK(message.ends_with("…"));
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(controller::event_name(row).size() == 253);
  row.name = std::string(235, 'n') + "-" + std::string(17, 'm');
  CHECK(controller::event_name(row).find("-.") == std::string::npos);
  row.finding->detail = "no JSON";
  CHECK(controller::event_message(row) == "SidecarAbsent");
}
