#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "objects/record_json.hpp"
#include "serving/api_chains.hpp"
#include "serving/guarded.hpp"
#include "serving/json_values.hpp"
#include "serving/orphans.hpp"
#include "serving/record_then.hpp"

namespace snaptrail::serving {
namespace {

namespace json = boost::json;
using objects::State;

constexpr std::array<std::string_view, 4> kCategories = {"stuck", "error", "waiting", "hazard"};

Response json_response(std::string body) {
  Response response;
  response.content_type = kJson;
  response.body = std::move(body);
  response.body += '\n';
  return response;
}

/// What to look at first: an error or stuck object before a hazard before one that just waits; within these critical first.
int rank_of(const objects::Row& row) {
  const auto& finding = *row.finding;
  const int category = finding.category == "hazard" ? 2 : finding.category == "waiting" ? 1 : 3;
  const int severity = finding.severity == "critical" ? 2 : finding.severity == "warning" ? 1 : 0;
  return category * 3 + severity;
}

using WorstFindings = std::unordered_map<objects::Uid, objects::Row>;

WorstFindings worst_findings(const ledger::Ledger& ledger, const std::vector<objects::ObjectRecord>& records,
                             objects::MaybeInstant at) {
  ledger::FindingQuery query;
  query.at = at;
  query.of.emplace();
  for (const auto& record : records) query.of->push_back(record.uid);
  WorstFindings worst;
  ledger.for_each_open_finding(query, [&worst](const objects::Row& row) {
    const auto [entry, is_new] = worst.try_emplace(row.uid, row);
    if (!is_new && rank_of(row) > rank_of(entry->second)) entry->second = row;
  });
  return worst;
}

std::string finding_json(const WorstFindings& worst, const objects::Uid& uid) {
  const auto found = worst.find(uid);
  if (found == worst.end()) return "null";
  const auto& row = found->second;
  return json::serialize(json::object{{"reason", row.reason},
                                      {"category", row.finding->category},
                                      {"severity", row.finding->severity},
                                      {"since", objects::format_rfc3339(row.finding->since)}});
}

/// Counts of one thing's objects by their state.
struct Tally {
  std::uint64_t count = 0;
  std::map<State, std::uint64_t> states;
  void add(State state, std::uint64_t more) {
    count += more;
    states[state] += more;
  }
  json::object states_json() const {
    json::object out;
    for (const auto& [state, number] : states) out[to_string(state)] = number;
    return out;
  }
};

json::array tallies_json(std::string_view name, const std::map<std::string, Tally>& tallies) {
  json::array out;
  for (const auto& [key, tally] : tallies) {
    out.push_back(json::object{{name, text_or_null(key)}, {"count", tally.count}, {"states", tally.states_json()}});
  }
  return out;
}

/// Until when the ledger has followed the cluster: what is told of it is as old as that.
objects::Instant told_until(const ledger::Ledger& ledger) {
  objects::Instant last{};
  for (const auto& position : ledger.positions()) last = std::max(last, position.at);
  return last;
}

json::array orphans_json(const ledger::Ledger& ledger, const ledger::RecordQuery& wanted) {
  const objects::Instant now = wanted.at ? *wanted.at : told_until(ledger);
  OrphanTally tally;
  ledger::RecordQuery query;
  query.driver = wanted.driver;
  query.kind = objects::Kind::VolumeSnapshotContent;
  query.state = State::Orphaned;
  query.headlines = true;
  query.at = wanted.at;
  // Of no namespace any more: they are in nobody's.
  if (wanted.ns.empty()) {
    ledger.for_each_record(query, [&](const objects::ObjectRecord& record, std::int64_t) {
      const objects::Instant cut = record.cut ? *record.cut : record.first_seen;
      tally.add(record.driver, record.policy, std::max(objects::Millis{0}, now - cut), record.restore_size);
    });
  }
  json::array out;
  for (const OrphanGroup& group : tally.groups()) {
    out.push_back(json::object{{"driver", text_or_null(group.driver)},
                               {"deletionPolicy", text_or_null(objects::to_string(group.policy))},
                               {"age", group.age},
                               {"contents", group.contents},
                               {"restoreSizeBytes", group.restore_size_bytes}});
  }
  return out;
}

json::object finding_counts(const ledger::Ledger& ledger, const ledger::RecordQuery& query) {
  const auto counts = ledger.count_open_findings({.ns = query.ns, .driver = query.driver, .at = query.at});
  json::object out;
  for (const auto category : kCategories) {
    const auto found = counts.find(std::string(category));
    out[category] = found == counts.end() ? 0 : found->second;
  }
  return out;
}

}  // namespace

Response api_chains(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&] {
    const auto query = parse_chains(request).query;
    const std::int64_t last_seq = ledger.last_seq();
    std::vector<objects::ObjectRecord> records;
    const auto total =
        ledger.page_of_records(query, [&](const objects::ObjectRecord& record) { records.push_back(record); });
    if (query.at) {
      for (auto& record : records) record = record_then(ledger, std::move(record), *query.at);
    }
    const auto worst = worst_findings(ledger, records, query.at);
    std::string items;
    for (const auto& record : records) {
      std::string item = objects::to_json(record);
      item.pop_back();
      items += fmt::format("{}{},\"finding\":{}}}", items.empty() ? "" : ",\n", item, finding_json(worst, record.uid));
    }
    return json_response(fmt::format("{{\"items\":[{}],\n\"total\":{},\"offset\":{},\"at\":{},\"lastSeq\":{}}}", items,
                                     total, query.skip, json::serialize(time_or_null(query.at)), last_seq));
  });
}

Response api_stats(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&] {
    const auto query = parse_stats(request);
    const std::int64_t last_seq = ledger.last_seq();
    std::map<std::string, Tally> kinds, namespaces, drivers;
    std::uint64_t total = 0;
    for (const auto& group : ledger.group_records(query)) {
      kinds[std::string(to_string(group.kind))].add(group.state, group.count);
      namespaces[group.ns].add(group.state, group.count);
      drivers[group.driver].add(group.state, group.count);
      total += group.count;
    }
    const auto span = ledger.span();
    return json_response(
        json::serialize(json::object{{"cluster", text_or_null(ledger.cluster())},
                                     {"total", total},
                                     {"kinds", tallies_json("kind", kinds)},
                                     {"namespaces", tallies_json("namespace", namespaces)},
                                     {"drivers", tallies_json("driver", drivers)},
                                     {"findings", finding_counts(ledger, query)},
                                     {"orphans", orphans_json(ledger, query)},
                                     {"from", time_or_null(span ? span->first : objects::MaybeInstant())},
                                     {"to", time_or_null(span ? span->second : objects::MaybeInstant())},
                                     {"at", time_or_null(query.at)},
                                     {"lastSeq", last_seq}}));
  });
}

Response api_namespaces(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&] {
    parse_nothing(request);
    ledger::RecordQuery query;
    query.headlines = true;
    std::map<std::string, Tally> namespaces;
    for (const auto& group : ledger.group_records(query)) namespaces[group.ns].add(group.state, group.count);
    namespaces.erase("");  // contents have none
    return json_response(json::serialize(json::object{{"items", tallies_json("namespace", namespaces)}}));
  });
}

}  // namespace snaptrail::serving
