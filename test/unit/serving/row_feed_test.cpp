#include "serving/row_feed.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <filesystem>
#include <functional>
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
  RowFeed feed(reads, "made-then", reads.ledger.last_seq());
  const auto response = feed.open(asking(""));
  REQUIRE(response.stream);
  CHECK(response.content_type == "text/event-stream");
  const auto text = drained(*response.stream);
  CHECK(text.find("id: 3\nevent: hello\ndata: {\"ledger\":\"made-then\",\"lastSeq\":3}\n\n") != std::string::npos);
  CHECK(ids_in(text).empty());
}

TEST_CASE("without a place a stream has what is committed from now on", "[feed]") {
  HeldReads reads;
  reads.commit(3);
  RowFeed feed(reads, "l", 3);
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
  RowFeed feed(reads, "l", 450);
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
  RowFeed feed(reads, "l", 5);
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
  RowFeed feed(reads, "l", 9);
  CHECK(ids_in(drained(*feed.open(asking("?afterSeq=2", "7")).stream)) == numbers(8, 9));
  CHECK(ids_in(drained(*feed.open(asking("?afterSeq=2", "not a number")).stream)) == numbers(3, 9));
}

TEST_CASE("a client that is far behind costs no memory and loses nothing", "[feed]") {
  HeldReads reads;
  FeedOptions options;
  options.ring_bytes = 4'000;
  options.piece_bytes = 1'000;
  options.page_rows = 10;
  RowFeed feed(reads, "l", 0, options);
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

TEST_CASE("rows that retention has deleted are passed over", "[feed]") {
  HeldReads reads;
  RowFeed feed(reads, "l", 40);  // the file holds none of them
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
  RowFeed feed(reads, "l", 5);
  const auto stream = feed.open(asking("?afterSeq=0")).stream;
  bool over = false;
  drained(*stream, &over);
  CHECK(over);
}

TEST_CASE("beyond the limit of clients there is a 503, until one goes", "[feed]") {
  HeldReads reads;
  FeedOptions options;
  options.max_clients = 2;
  RowFeed feed(reads, "l", 0, options);
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
  RowFeed feed(reads, "l", 0);
  CHECK(feed.open(asking("?after=1")).status == 400);
  CHECK(feed.open(asking("?afterSeq=-1")).status == 400);
  CHECK(feed.open(asking("?afterSeq=x")).status == 400);
  CHECK(feed.clients() == 0);
}

TEST_CASE("the feed's end is its streams' end", "[feed]") {
  HeldReads reads;
  auto feed = std::make_unique<RowFeed>(reads, "l", 0);
  const auto stream = feed->open(asking("")).stream;
  drained(*stream);
  feed.reset();
  CHECK_FALSE(stream->take());
}
