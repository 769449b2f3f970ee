#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "objects/event_record.hpp"
#include "objects/row.hpp"
#include "serving/api_query.hpp"
#include "serving/ledger_reads.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

struct FeedOptions {
  std::size_t ring_bytes = 4u << 20;               ///< newest rows, and Events, that are kept for all clients together
  std::size_t piece_bytes = 64u << 10;             ///< about as much is written to a client at a time
  std::size_t page_rows = 200;                     ///< read from the ledger at a time, for who is further behind
  std::size_t max_clients = 32;                    ///< beyond it there is a 503
  std::chrono::milliseconds heartbeat{15'000};     ///< a comment is sent where nothing came for so long
  std::chrono::milliseconds browser_retry{1'000};  ///< after which a browser connects again
};

/// What is committed as server-sent events (docs/api.md, "stream"): each client gets every row behind the one that it named, once
/// and in order, and so every change of a Kubernetes Event; what was said again before it came to it, as it was said last. A client is no
/// more than a place in these two orders: what is near it comes from memory, what lies further back from the ledger, a page at a time and
/// only once the last one was written. So a slow client costs nothing, and loses nothing.
///
/// One strand, the server's. Must outlive the streams that it opened.
class RowFeed {
 public:
  /// `ledger_id` tells clients whether it is still the ledger that they know. `last`: its end at the start.
  RowFeed(LedgerReads& ledger, std::string ledger_id, StreamPlace last, FeedOptions options = {});
  RowFeed(const RowFeed&) = delete;
  RowFeed& operator=(const RowFeed&) = delete;
  ~RowFeed();

  /// Rows that were committed, by rising seq.
  void append(const std::vector<objects::Row>& rows);
  /// Events that were committed and told something new, by rising change.
  void append(const std::vector<objects::EventRecord>& events);

  /// `GET /api/v1/stream`: a stream, a 400, or a 503 where there are too many.
  Response open(const Request& request);

  /// Behind all that was appended.
  StreamPlace last() const;
  std::size_t clients() const;

 private:
  struct Shared;
  class Client;
  std::shared_ptr<Shared> shared_;
};

}  // namespace snaptrail::serving
