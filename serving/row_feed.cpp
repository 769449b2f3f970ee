#include "serving/row_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "serving/api_query.hpp"

namespace snaptrail::serving {

/// What all clients share.
struct RowFeed::Shared {
  struct Entry {
    std::int64_t seq;
    std::string event;
  };

  LedgerReads& ledger;
  std::string ledger_id;
  std::int64_t last_seq;
  FeedOptions options;
  std::deque<Entry> ring;
  std::size_t ring_bytes = 0;
  std::set<Client*> clients;

  /// Whether all rows behind `place` up to the last one are in the ring.
  bool holds_from(std::int64_t place) const { return !ring.empty() && ring.front().seq <= place + 1; }
};

/// One client's place in the order of rows.
class RowFeed::Client : public BodyStream, public std::enable_shared_from_this<Client> {
 public:
  Client(std::shared_ptr<Shared> shared, std::int64_t place) : shared_(std::move(shared)), place_(place) {
    shared_->clients.insert(this);
  }
  ~Client() override { shared_->clients.erase(this); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::optional<std::string> take() override {
    if (over_) return std::nullopt;
    if (!std::exchange(greeted_, true)) return greeting();
    if (!page_.empty()) return std::exchange(page_, {});
    if (reading_ || place_ >= shared_->last_seq) return std::string();
    if (shared_->holds_from(place_)) return from_ring();
    read_on();
    if (over_) return std::nullopt;
    return std::exchange(page_, {});
  }
  void on_ready(std::function<void()> wake) override { wake_ = std::move(wake); }
  std::string keep_alive() const override { return ":\n\n"; }
  std::chrono::milliseconds idle_after() const override { return shared_->options.heartbeat; }

  void wake() const {
    if (wake_) wake_();
  }
  void end() {
    over_ = true;
    wake();
  }

 private:
  /// Its id makes a browser that loses the connection before any row came resume from here too.
  std::string greeting() const {
    return fmt::format("retry: {}\nid: {}\nevent: hello\ndata: {{\"ledger\":\"{}\",\"lastSeq\":{}}}\n\n",
                       shared_->options.browser_retry.count(), place_, shared_->ledger_id, shared_->last_seq);
  }

  std::string from_ring() {
    std::string piece;
    auto entry = std::ranges::lower_bound(shared_->ring, place_ + 1, {}, &Shared::Entry::seq);
    for (; entry != shared_->ring.end() && piece.size() < shared_->options.piece_bytes; ++entry) {
      piece += entry->event;
      place_ = entry->seq;
    }
    return piece;
  }

  void read_on() {
    struct Page {
      std::string events;
      std::int64_t last = 0;
    };
    reading_ = true;
    const auto page = std::make_shared<Page>();
    ledger::Query query;
    query.after_seq = place_;
    query.first = shared_->options.page_rows;
    const std::int64_t wanted = shared_->last_seq;
    shared_->ledger.answer(
        [page, query](const ledger::Ledger& ledger) {
          ledger.for_each_row(query, [&page](const objects::Row& row) {
            page->events += row_event(row);
            page->last = row.seq;
          });
          return Response{};
        },
        [weak = weak_from_this(), page, wanted](const Response& read) {
          if (const auto client = weak.lock()) client->take_page(std::move(page->events), page->last, wanted, read);
        });
  }

  void take_page(std::string events, std::int64_t last, std::int64_t wanted, const Response& read) {
    reading_ = false;
    // A ledger that can't be read now: the client comes again by itself, and names its place.
    if (read.status != 200) return end();
    page_ = std::move(events);
    place_ = std::max(place_, last > 0 ? last : wanted);  // none: retention has deleted what was there
    wake();
  }

  std::shared_ptr<Shared> shared_;
  std::int64_t place_;
  std::function<void()> wake_;
  std::string page_;
  bool greeted_ = false;
  bool reading_ = false;
  bool over_ = false;
};

RowFeed::RowFeed(LedgerReads& ledger, std::string ledger_id, std::int64_t last_seq, FeedOptions options)
    : shared_(new Shared{ledger, std::move(ledger_id), last_seq, options, {}, 0, {}}) {}

RowFeed::~RowFeed() {
  for (Client* client : shared_->clients) client->end();
}

void RowFeed::append(const std::vector<objects::Row>& rows) {
  Shared& shared = *shared_;
  for (const auto& row : rows) {
    shared.ring.push_back({row.seq, row_event(row)});
    shared.ring_bytes += shared.ring.back().event.size();
    shared.last_seq = row.seq;
  }
  while (shared.ring_bytes > shared.options.ring_bytes && !shared.ring.empty()) {
    shared.ring_bytes -= shared.ring.front().event.size();
    shared.ring.pop_front();
  }
  for (const Client* client : shared.clients) client->wake();
}

Response RowFeed::open(const Request& request) {
  StreamWanted wanted;
  try {
    wanted = parse_stream(request);
  } catch (const ApiProblem& problem) {
    return json_error(400, problem.message);
  }
  if (shared_->clients.size() >= shared_->options.max_clients) {
    Response response = json_error(503, "too many streams are open; close one, or try again in a moment");
    response.headers.emplace_back("Retry-After", "5");
    return response;
  }
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("X-Accel-Buffering", "no");  // proxies that understand it pass each event on at once
  response.stream = std::make_shared<Client>(shared_, wanted.after.value_or(shared_->last_seq));
  return response;
}

std::size_t RowFeed::clients() const { return shared_->clients.size(); }

std::string row_event(const objects::Row& row) {
  return fmt::format("id: {}\nevent: row\ndata: {}\n\n", row.seq, objects::to_json(row));
}

}  // namespace snaptrail::serving
