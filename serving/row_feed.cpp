#include "serving/row_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "serving/api_query.hpp"
#include "serving/feed_ring.hpp"

namespace snaptrail::serving {

namespace {

/// The lines of an event behind its id; ids have the client's place in both orders.
std::string text_of(const objects::Row& row) { return "event: row\ndata: " + objects::to_json(row) + "\n\n"; }
std::string text_of(const objects::EventRecord& event) {
  return "event: kubernetesEvent\ndata: " + objects::to_json(event) + "\n\n";
}

std::string id_of(const StreamPlace& place) { return fmt::format("id: {}.{}\n", place.seq, place.event); }

}  // namespace

/// What all clients share.
struct RowFeed::Shared {
  LedgerReads& ledger;
  std::string ledger_id;
  FeedOptions options;
  FeedRing rows, events;
  std::set<Client*> clients;

  void wake() const;
};

/// One client's place in the two orders.
class RowFeed::Client : public BodyStream, public std::enable_shared_from_this<Client> {
 public:
  Client(std::shared_ptr<Shared> shared, StreamPlace place) : shared_(std::move(shared)), place_(place) {
    shared_->clients.insert(this);
  }
  ~Client() override { shared_->clients.erase(this); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::optional<std::string> take() override {
    if (over_) return std::nullopt;
    if (!std::exchange(greeted_, true)) return greeting();
    if (!page_.empty()) return std::exchange(page_, {});
    if (reading_) return std::string();
    for (const Order* order : {&kRows, &kEvents}) {
      const FeedRing& ring = *shared_.*(order->ring);
      if (place_.*(order->place) >= ring.last()) continue;
      if (ring.holds_from(place_.*(order->place))) return from_ring(*order);
      read_on(*order);
      if (over_) return std::nullopt;
      return std::exchange(page_, {});
    }
    return std::string();
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
  struct Page {
    std::vector<FeedRing::Entry> entries;
  };
  /// One of the two orders: where the client is in it, what is near, and how a page of what is not is read.
  struct Order {
    std::int64_t StreamPlace::*place;
    FeedRing Shared::*ring;
    void (*read)(const ledger::Ledger& ledger, std::int64_t after, std::size_t most, Page& page);
  };
  static const Order kRows, kEvents;

  static void read_rows(const ledger::Ledger& ledger, std::int64_t after, std::size_t most, Page& page) {
    ledger::Query query;
    query.after_seq = after;
    query.first = most;
    ledger.for_each_row(query, [&page](const objects::Row& row) { page.entries.push_back({row.seq, text_of(row)}); });
  }
  static void read_events(const ledger::Ledger& ledger, std::int64_t after, std::size_t most, Page& page) {
    ledger.for_each_event(after, most, [&page](const objects::EventRecord& event) {
      page.entries.push_back({event.change, text_of(event)});
    });
  }

  /// Its id makes a browser that loses the connection before anything came resume from here too.
  std::string greeting() const {
    return fmt::format("retry: {}\n{}event: hello\ndata: {{\"ledger\":\"{}\",\"lastSeq\":{},\"lastEvent\":{}}}\n\n",
                       shared_->options.browser_retry.count(), id_of(place_), shared_->ledger_id, shared_->rows.last(),
                       shared_->events.last());
  }

  void add(const Order& order, const FeedRing::Entry& entry, std::string& piece) {
    place_.*(order.place) = entry.number;
    piece += id_of(place_) + entry.text;
  }

  std::string from_ring(const Order& order) {
    std::string piece;
    (*shared_.*(order.ring)).from(place_.*(order.place), [&](const FeedRing::Entry& entry) {
      add(order, entry, piece);
      return piece.size() < shared_->options.piece_bytes;
    });
    return piece;
  }

  void read_on(const Order& order) {
    reading_ = true;
    const auto page = std::make_shared<Page>();
    const std::int64_t wanted = (*shared_.*(order.ring)).last();
    shared_->ledger.answer(
        [page, read = order.read, after = place_.*(order.place),
         most = shared_->options.page_rows](const ledger::Ledger& ledger) {
          read(ledger, after, most, *page);
          return Response{};
        },
        [weak = weak_from_this(), page, &order, wanted](const Response& read) {
          if (const auto client = weak.lock()) client->take_page(order, *page, wanted, read);
        });
  }

  void take_page(const Order& order, const Page& page, std::int64_t wanted, const Response& read) {
    reading_ = false;
    // A ledger that can't be read now: the client comes again by itself, and names its place.
    if (read.status != 200) return end();
    for (const auto& entry : page.entries) add(order, entry, page_);
    // None: what was there is not kept any more, or was said again since.
    if (page.entries.empty()) place_.*(order.place) = std::max(place_.*(order.place), wanted);
    wake();
  }

  std::shared_ptr<Shared> shared_;
  StreamPlace place_;
  std::function<void()> wake_;
  std::string page_;
  bool greeted_ = false;
  bool reading_ = false;
  bool over_ = false;
};

const RowFeed::Client::Order RowFeed::Client::kRows{&StreamPlace::seq, &Shared::rows, read_rows};
const RowFeed::Client::Order RowFeed::Client::kEvents{&StreamPlace::event, &Shared::events, read_events};

void RowFeed::Shared::wake() const {
  for (const Client* client : clients) client->wake();
}

RowFeed::RowFeed(LedgerReads& ledger, std::string ledger_id, StreamPlace last, FeedOptions options)
    : shared_(new Shared{ledger,
                         std::move(ledger_id),
                         options,
                         FeedRing(last.seq, options.ring_bytes),
                         FeedRing(last.event, options.ring_bytes),
                         {}}) {}

RowFeed::~RowFeed() {
  for (Client* client : shared_->clients) client->end();
}

void RowFeed::append(const std::vector<objects::Row>& rows) {
  for (const auto& row : rows) shared_->rows.add(row.seq, text_of(row));
  shared_->wake();
}

void RowFeed::append(const std::vector<objects::EventRecord>& events) {
  for (const auto& event : events) shared_->events.add(event.change, text_of(event));
  shared_->wake();
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
  const StreamPlace now = last();
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("X-Accel-Buffering", "no");  // proxies that understand it pass each event on at once
  response.stream =
      std::make_shared<Client>(shared_, StreamPlace{wanted.seq.value_or(now.seq), wanted.event.value_or(now.event)});
  return response;
}

StreamPlace RowFeed::last() const { return {shared_->rows.last(), shared_->events.last()}; }

std::size_t RowFeed::clients() const { return shared_->clients.size(); }

}  // namespace snaptrail::serving
