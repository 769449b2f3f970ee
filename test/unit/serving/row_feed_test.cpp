#include "serving/row_feed.hpp"

#include <unistd.h>

#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace snaptrail;
using namespace snaptrail::serving;

namespace {

/// A ledger whose reads are answered when the test says so.
class HeldReads : public LedgerReads {
 public:
  HeldReads() : folder_(made_folder()), ledger(folder_ / "ledger.db", ledger::Ledger::Mode::ReadWrite) {}
  ~HeldReads() override { std::filesystem::remove_all(folder_); }

  void answer(Query query, Reply reply) override {
    ++asked;
    if (busy) return reply(ledger_busy());
    waiting.emplace_back([this, query = std::move(query), reply = std::move(reply)] { reply(query(ledger)); });
    if (at_once) release();
  }
  void release() {
    while (!waiting.empty()) {
      const auto next = std::move(waiting.front());
      waiting.pop_front();
      next();
    }
  }

  /// Commits that many rows more, and gives them as the writer would.
  std::vector<objects::Row> commit(int count) {
    ledger::Batch batch;
    for (int i = 0; i < count; ++i) {
      objects::Row row;
      row.cluster = "prod";
      row.kind = objects::Kind::VolumeSnapshot;
      row.ns = "app";
      row.name = "s" + std::to_string(++made_);
      row.to = objects::State::Pending;
      batch.rows.push_back(row);
    }
    ledger.commit(batch);
    return batch.rows;
  }

  /// The same of what Kubernetes Events say: each number is the Event uid(number), said once more.
  std::vector<objects::EventRecord> say(const std::vector<int>& events) {
    ledger::Batch batch;
    for (const int number : events) {
      objects::EventRecord event;
      event.uid = *objects::Uid::parse("00000000-0000-0000-0000-" + std::to_string(100000000000 + number));
      event.about = event.uid;
      event.reason = "R" + std::to_string(number);
      event.count = ++said_[number];
      batch.events.push_back(event);
    }
    ledger.commit(batch);
    return batch.events;
  }

  bool busy = false;
  bool at_once = true;
  int asked = 0;

 private:
  static std::filesystem::path made_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "snaptrail-feed-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }
  int made_ = 0;
  std::map<int, int> said_;
  std::filesystem::path folder_;
  std::deque<std::function<void()>> waiting;

 public:
  ledger::Ledger ledger;
};

Request asking(const std::string& query, const std::string& last_event_id = {}) {
  Request request{*parse_target("/api/v1/stream" + query), {}};
  request.last_event_id = last_event_id;
  return request;
}

/// The ids of the rows in a piece of a stream, in order.
std::vector<int> ids_in(const std::string& text) {
  std::vector<int> ids;
  for (std::size_t at = 0; (at = text.find("id: ", at)) != std::string::npos; ++at) {
    if (text.compare(text.find('\n', at) + 1, 10, "event: row") == 0) ids.push_back(std::stoi(text.substr(at + 4)));
  }
  return ids;
}

/// What Events say in a piece of a stream, in order: `R3 x2`.
std::vector<std::string> said_in(const std::string& text) {
  std::vector<std::string> said;
  const std::string begin = "event: kubernetesEvent\ndata: ";
  for (std::size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    const auto event = boost::json::parse(text.substr(at, text.find('\n', at) - at));
    said.push_back(std::string(event.at("reason").as_string()) + " x" + std::to_string(event.at("count").as_int64()));
  }
  return said;
}

/// The id that a client that has got all of this would name.
std::string last_id(const std::string& text) {
  const auto at = text.rfind("id: ") + 4;
  return text.substr(at, text.find('\n', at) - at);
}

/// All that a stream gives now; `over` tells whether it has ended.
std::string drained(BodyStream& stream, bool* over = nullptr) {
  std::string all;
  while (true) {
    const auto piece = stream.take();
    if (over != nullptr) *over = !piece;
    if (!piece || piece->empty()) return all;
    all += *piece;
  }
}

std::vector<int> numbers(int from, int to) {
  std::vector<int> result;
  for (int i = from; i <= to; ++i) result.push_back(i);
  return result;
}

}  // namespace

TEST_CASE("a stream greets with the ledger's name and place, so that a client knows whether it is still the same",
          "[feed]") {
  HeldReads reads;
  reads.commit(3);
  RowFeed feed(reads, "made-then", {reads.ledger.last_seq(), 0});
  const auto response = feed.open(asking(""));
  REQUIRE(response.stream);
  CHECK(response.content_type == "text/event-stream");
  const auto text = drained(*response.stream);
  CHECK(text.find("id: 3.0\nevent: hello\ndata: {\"ledger\":\"made-then\",\"lastSeq\":3,\"lastEvent\":0}\n\n") !=
        std::string::npos);
  CHECK(ids_in(text).empty());
}

TEST_CASE("without a place a stream has what is committed from now on", "[feed]") {
  HeldReads reads;
  reads.commit(3);
  RowFeed feed(reads, "l", {3, 0});
  const auto stream = feed.open(asking("")).stream;
  int woken = 0;
  stream->on_ready([&woken] { ++woken; });
  drained(*stream);
  feed.append(reads.commit(2));
  CHECK(woken == 1);
  CHECK(ids_in(drained(*stream)) == numbers(4, 5));
  CHECK(reads.asked == 0);
}

TEST_CASE("what lies before the daemon's start comes from the ledger, then what is new, without a gap or a double",
          "[feed]") {
  HeldReads reads;
  reads.commit(450);
  RowFeed feed(reads, "l", {450, 0});
  const auto stream = feed.open(asking("?afterSeq=10")).stream;
  std::string text = drained(*stream);
  feed.append(reads.commit(5));
  text += drained(*stream);
  CHECK(ids_in(text) == numbers(11, 455));
  CHECK(reads.asked == 3);
}

TEST_CASE("rows that are committed while a page is read come once", "[feed]") {
  HeldReads reads;
  reads.at_once = false;
  reads.commit(5);
  RowFeed feed(reads, "l", {5, 0});
  const auto stream = feed.open(asking("?afterSeq=0")).stream;
  std::string text = drained(*stream);
  feed.append(reads.commit(3));  // the page under way will hold them too
  CHECK(drained(*stream).empty());
  reads.release();
  text += drained(*stream);
  CHECK(ids_in(text) == numbers(1, 8));
}

TEST_CASE("the last id that a browser names counts more than the address that it began with", "[feed]") {
  HeldReads reads;
  reads.commit(9);
  RowFeed feed(reads, "l", {9, 0});
  CHECK(ids_in(drained(*feed.open(asking("?afterSeq=2", "7")).stream)) == numbers(8, 9));
  CHECK(ids_in(drained(*feed.open(asking("?afterSeq=2", "not a number")).stream)) == numbers(3, 9));
}

TEST_CASE("a client that is far behind costs no memory and loses nothing", "[feed]") {
  HeldReads reads;
  FeedOptions options;
  options.ring_bytes = 4'000;
  options.piece_bytes = 1'000;
  options.page_rows = 10;
  RowFeed feed(reads, "l", {0, 0}, options);
  const auto stream = feed.open(asking("?afterSeq=0")).stream;
  std::string text = *stream->take();
  for (int i = 0; i < 30; ++i) feed.append(reads.commit(10));  // it does not read meanwhile
  std::size_t largest = 0;
  while (true) {
    const auto piece = stream->take();
    REQUIRE(piece);
    if (piece->empty()) break;
    largest = std::max(largest, piece->size());
    text += *piece;
  }
  CHECK(ids_in(text) == numbers(1, 300));
  CHECK(largest < 20'000);
}

TEST_CASE("what Kubernetes Events say comes as it is committed, beside the rows", "[feed]") {
  HeldReads reads;
  reads.say({1});
  RowFeed feed(reads, "l", {0, 1});
  const auto stream = feed.open(asking("")).stream;
  drained(*stream);
  feed.append(reads.commit(1));
  feed.append(reads.say({2, 1}));
  const auto text = drained(*stream);
  CHECK(ids_in(text) == numbers(1, 1));
  CHECK(said_in(text) == std::vector<std::string>{"R2 x1", "R1 x2"});
  CHECK(last_id(text) == "1.3");
  CHECK(feed.last() == StreamPlace{1, 3});
  CHECK(reads.asked == 0);
}

TEST_CASE(
    "who comes again gets what Events said since, once and as it was said last, whatever the daemon did meanwhile",
    "[feed]") {
  HeldReads reads;
  std::string id;
  {
    RowFeed feed(reads, "l", {0, 0});
    const auto stream = feed.open(asking("?afterSeq=0&afterEvent=0")).stream;
    feed.append(reads.say({1, 2}));
    const auto text = drained(*stream);
    CHECK(said_in(text) == std::vector<std::string>{"R1 x1", "R2 x1"});
    id = last_id(text);
  }
  reads.say({2, 3});
  reads.say({2});
  const auto rows = reads.commit(2);
  RowFeed feed(reads, "l", {reads.ledger.last_seq(), reads.ledger.last_event()});
  const auto stream = feed.open(asking("?afterSeq=0&afterEvent=0", id)).stream;
  auto text = drained(*stream);
  feed.append(reads.say({4}));
  text += drained(*stream);
  CHECK(ids_in(text) == numbers(1, 2));
  CHECK(said_in(text) == std::vector<std::string>{"R3 x1", "R2 x3", "R4 x1"});
  CHECK(last_id(text) == "2.6");
}

TEST_CASE("pages of Events end, also where an Event is said again and again meanwhile, and none is missed", "[feed]") {
  HeldReads reads;
  FeedOptions options;
  options.page_rows = 2;
  options.ring_bytes = 1;  // all comes from the ledger
  for (int i = 1; i <= 5; ++i) reads.say({i});
  RowFeed feed(reads, "l", {0, 5}, options);
  const auto stream = feed.open(asking("?afterEvent=0")).stream;
  std::string text = *stream->take();
  text += *stream->take();
  feed.append(reads.say({1, 3}));
  text += drained(*stream);
  CHECK(said_in(text) == std::vector<std::string>{"R1 x1", "R2 x1", "R4 x1", "R5 x1", "R1 x2", "R3 x2"});
}

TEST_CASE("who names a row alone gets Events from now on", "[feed]") {
  HeldReads reads;
  reads.say({1, 2});
  reads.commit(2);
  RowFeed feed(reads, "l", {2, 2});
  for (const auto& stream : {feed.open(asking("?afterSeq=1")).stream, feed.open(asking("", "1")).stream}) {
    const auto text = drained(*stream);
    CHECK(ids_in(text) == numbers(2, 2));
    CHECK(said_in(text).empty());
  }
}

TEST_CASE("rows that retention has deleted are passed over", "[feed]") {
  HeldReads reads;
  RowFeed feed(reads, "l", {40, 0});  // the file holds none of them
  const auto stream = feed.open(asking("?afterSeq=3")).stream;
  bool over = true;
  CHECK(ids_in(drained(*stream, &over)).empty());
  CHECK_FALSE(over);
  CHECK(reads.asked == 1);
}

TEST_CASE("where the ledger can't be read the stream ends, and its client comes again", "[feed]") {
  HeldReads reads;
  reads.commit(5);
  reads.busy = true;
  RowFeed feed(reads, "l", {5, 0});
  const auto stream = feed.open(asking("?afterSeq=0")).stream;
  bool over = false;
  drained(*stream, &over);
  CHECK(over);
}

TEST_CASE("beyond the limit of clients there is a 503, until one goes", "[feed]") {
  HeldReads reads;
  FeedOptions options;
  options.max_clients = 2;
  RowFeed feed(reads, "l", {0, 0}, options);
  auto first = feed.open(asking(""));
  const auto second = feed.open(asking(""));
  CHECK(feed.clients() == 2);
  const auto refused = feed.open(asking(""));
  CHECK(refused.status == 503);
  CHECK_FALSE(refused.stream);
  first.stream.reset();
  CHECK(feed.open(asking("")).status == 200);
}

TEST_CASE("a parameter that a stream does not have is refused", "[feed]") {
  HeldReads reads;
  RowFeed feed(reads, "l", {0, 0});
  CHECK(feed.open(asking("?after=1")).status == 400);
  CHECK(feed.open(asking("?afterSeq=-1")).status == 400);
  CHECK(feed.open(asking("?afterSeq=x")).status == 400);
  CHECK(feed.open(asking("?afterEvent=-1")).status == 400);
  CHECK(feed.clients() == 0);
}

TEST_CASE("the feed's end is its streams' end", "[feed]") {
  HeldReads reads;
  auto feed = std::make_unique<RowFeed>(reads, "l", StreamPlace{});
  const auto stream = feed->open(asking("")).stream;
  drained(*stream);
  feed.reset();
  CHECK_FALSE(stream->take());
}
