#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "objects/row.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

/// What the page shows, as it is at the moment of the request.
struct PageView {
  std::string cluster;
  std::string version;
  bool ready = false;
  std::vector<objects::ObjectRecord> records;  ///< objects of chains that have not ended
  std::vector<objects::Row> rows;              ///< the newest transitions, newest last
  bool rows_missing = false;                   ///< the ledger could not be read
  objects::Instant now;
};

/// How much of it.
inline constexpr std::size_t kPageRecords = 500;
inline constexpr std::size_t kPageRows = 50;

/// Implemented by the controller; called on the server's strand.
class PageSource {
 public:
  virtual ~PageSource() = default;
  /// All but the rows, with at most `max_records`; more are left out of the page.
  virtual PageView page(std::size_t max_records) const = 0;
};

/// `GET /`: the page, without scripts; it loads itself again every ten seconds. What is not finished comes first.
Response status_page(const PageView& view);

/// `GET /style.css`.
Response style_sheet();

}  // namespace snaptrail::serving
