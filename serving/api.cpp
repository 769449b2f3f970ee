#include "serving/api.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/record_json.hpp"
#include "objects/utf8.hpp"
#include "reconcilers/story/story.hpp"
#include "serving/api_chains.hpp"
#include "serving/api_export.hpp"
#include "serving/api_query.hpp"
#include "serving/guarded.hpp"
#include "serving/json_values.hpp"

namespace snaptrail::serving {
namespace {

/// Builds `{"items":[…],"continue":…}`, taking one item more than the page holds to know whether there is another page.
class Page {
 public:
  explicit Page(std::size_t size) : size_(size) {}

  void add(std::int64_t place, const std::string& item) {
    if (count_ == size_) {
      more_ = true;
      return;
    }
    if (count_ > 0) items_ += ",\n";
    items_ += item;
    last_place_ = place;
    ++count_;
  }

  Response finish(std::int64_t end, std::string_view further = {}) const {
    Response response;
    response.content_type = kJson;
    const std::string token = more_ ? fmt::format("\"{}\"", to_token({last_place_, end})) : "null";
    response.body = fmt::format("{{\"items\":[{}],\n\"continue\":{}{}}}\n", items_, token, further);
    return response;
  }

 private:
  std::size_t size_;
  std::size_t count_ = 0;
  std::int64_t last_place_ = 0;
  bool more_ = false;
  std::string items_;
};

/// A run of a thousand volumes; beyond that a story tells of the newest part.
constexpr std::size_t kStoryRows = 50'000;

}  // namespace

Response api_version(const ApiIdentity& identity, StreamPlace last) {
  Response response;
  response.content_type = kJson;
  const boost::json::object body{{"version", text_or_null(identity.version)},
                                 {"api", "v1"},
                                 {"cluster", text_or_null(identity.cluster)},
                                 {"ledger", text_or_null(identity.ledger)},
                                 {"demo", identity.demo},
                                 {"lastSeq", last.seq},
                                 {"lastEvent", last.event}};
  response.body = boost::json::serialize(body) + "\n";
  return response;
}

Response api_status(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&] {
    auto query = parse_status(request).query;
    Page page(query.first);
    ++query.first;
    ledger.for_each_record(query, [&page](const objects::ObjectRecord& record, std::int64_t position) {
      page.add(position, objects::to_json(record));
    });
    return page.finish(0);
  });
}

Response api_timeline(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&] { return timeline_page(ledger, parse_timeline(request).query); });
}

Response timeline_page(const ledger::Ledger& ledger, ledger::Query query) {
  const std::int64_t last_seq = ledger.last_seq();
  // Rows that are committed from here on belong to the next question, not to a further page of this one.
  if (query.last_seq == 0) query.last_seq = last_seq;
  Page page(query.first);
  ++query.first;
  if (last_seq > 0) {
    ledger.for_each_row(query, [&page](const objects::Row& row) { page.add(row.seq, objects::to_json(row)); });
  }
  return page.finish(query.last_seq, fmt::format(",\"lastSeq\":{}", query.last_seq));
}

Response api_findings(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&] {
    auto query = parse_findings(request).query;
    Page page(query.first);
    std::size_t remaining = 0;
    for (const auto& [category, count] : ledger.count_open_findings(query)) remaining += count;
    if (!query.worst_first) ++query.first;
    ledger.for_each_open_finding(query, [&page](const objects::Row& row) { page.add(row.seq, objects::to_json(row)); });
    return page.finish(0, fmt::format(",\"remaining\":{}", remaining));
  });
}

Response api_story(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&] {
    const StoryWanted wanted = parse_story(request);
    std::map<std::int64_t, objects::Row> found;
    const auto collect = [&](ledger::Query query) {
      query.newest = kStoryRows;
      if (wanted.at) query.until = *wanted.at + objects::Millis(1);  // what happened at that moment counts
      ledger.for_each_row(query, [&found](const objects::Row& row) { found.emplace(row.seq, row); });
    };
    ledger::Query own;
    (wanted.restore ? own.restore : own.backup) = wanted.name;
    collect(std::move(own));
    std::vector<objects::Operation> operations;
    ledger.for_each_operation({.backup = wanted.restore ? std::string() : wanted.name,
                               .restore = wanted.restore ? wanted.name : std::string()},
                              [&operations](const objects::Operation& one) { operations.push_back(one); });
    if (found.empty() && operations.empty()) {
      return json_error(404, fmt::format("nothing is known of a {} \"{}\"", wanted.restore ? "restore" : "backup",
                                         objects::to_printable(wanted.name)));
    }
    const auto rows_of = [&found] {
      std::vector<objects::Row> rows;
      for (const auto& [seq, row] : found) rows.push_back(row);
      return rows;
    };
    const reconcilers::StoryQuestion question{wanted.restore, wanted.name};
    for (auto& [driver, handle] : reconcilers::story_handles(question, rows_of())) {
      ledger::Query other_side;
      other_side.handle = std::move(handle);
      collect(std::move(other_side));
    }
    const auto story = reconcilers::tell_story(question, rows_of(), operations);
    Response response;
    response.content_type = kJson;
    response.body = fmt::format("{{\"story\":{},\n\"text\":{}}}\n", to_json(story),
                                boost::json::serialize(text_or_null(to_table(story))));
    return response;
  });
}

std::span<const LedgerPath> ledger_paths() {
  static constexpr std::array kPaths = {
      LedgerPath{"/api/v1/chain", api_chain},
      LedgerPath{"/api/v1/chains", api_chains},
      LedgerPath{"/api/v1/events", api_events},
      LedgerPath{"/api/v1/export", api_export},
      LedgerPath{"/api/v1/findings", api_findings},
      LedgerPath{"/api/v1/namespaces", api_namespaces},
      LedgerPath{"/api/v1/overview", api_overview, true},
      LedgerPath{"/api/v1/stats", api_stats},
      LedgerPath{"/api/v1/status", api_status},
      LedgerPath{"/api/v1/story", api_story},
      LedgerPath{"/api/v1/timeline", api_timeline},
  };
  return kPaths;
}

Response api_answer(const ledger::Ledger& ledger, const Request& request) {
  const std::string& path = request.target.path;
  if (path == "/api/v1/version") {
    return api_version({{}, ledger.cluster(), ledger.created_at(), false}, {ledger.last_seq(), ledger.last_event()});
  }
  for (const LedgerPath& known : ledger_paths()) {
    if (path == known.path) return known.answer(ledger, request);
  }
  return json_error(404, "a ledger's file can't answer that; ask the daemon");
}

}  // namespace snaptrail::serving
