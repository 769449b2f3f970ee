#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "serving/api_chains.hpp"
#include "serving/guarded.hpp"
#include "serving/json_values.hpp"

namespace snaptrail::serving {
namespace {

namespace json = boost::json;
using objects::ObjectRecord;
using objects::Row;
using objects::Uid;

/// A story longer than that is told of its newest part.
constexpr std::size_t kMostRows = 20'000;

json::value ready_or_null(const std::optional<objects::Ready>& ready) {
  if (!ready || *ready == objects::Ready::Nil) return {};
  return *ready == objects::Ready::True;
}

json::value initiator_or_null(const std::optional<objects::Initiator>& initiator) {
  if (!initiator) return {};
  const objects::InitiatorTerms terms = objects::initiator_terms(initiator->type);
  json::object out{{"type", text_or_null(initiator->type)}};
  out[terms.backup] = text_or_null(initiator->backup);
  if (!terms.restore.empty()) out[terms.restore] = text_or_null(initiator->restore);
  return out;
}

/// Gathers rows and records by what they have in common.
class Gatherer {
 public:
  explicit Gatherer(const ledger::Ledger& ledger) : ledger_(ledger) {}

  void chain(const std::string& id) {
    if (id.empty() || !chains_.insert(id).second) return;
    ledger::Query query;
    query.chain = id;
    rows(query);
    if (Uid::parse(id)) {
      ledger::RecordQuery head;
      head.uid = id;
      records(head);
    }
  }

  /// Everything that shows the handle, and what is in its chains. Other drivers may have a handle of the same text.
  void handle(const std::string& driver, const std::string& handle) {
    if (handle.empty() || !handles_.emplace(driver, handle).second) return;
    ledger::Query query;
    query.handle = handle;
    driver_ = driver;
    rows(query);
    ledger::RecordQuery same;
    same.handle = handle;
    same.ended_too = true;
    records(same);
  }

  /// The records of all that rows and records name: contents, claims, and the claims' volumes.
  void complete() {
    std::set<Uid> wanted, claims;
    const auto want = [&](const Uid& uid) {
      if (uid && !records_.contains(uid)) wanted.insert(uid);
    };
    for (const auto& [seq, row] : rows_) {
      want(row.uid);
      want(row.claim_uid);
      if (row.claim_uid) claims.insert(row.claim_uid);
    }
    for (const auto& [uid, record] : records_) {
      want(record.content_uid);
      want(record.snapshot_uid);
      want(record.claim_uid);
      if (record.claim_uid) claims.insert(record.claim_uid);
    }
    for (const Uid& uid : wanted) {
      ledger::RecordQuery one;
      one.uid = uid.str();
      records(one);
    }
    for (const Uid& claim : claims) {
      ledger::RecordQuery volumes;
      volumes.kind = objects::Kind::PersistentVolume;
      volumes.claim = claim.str();
      records(volumes);
    }
  }

  const std::map<std::int64_t, Row>& all_rows() const { return rows_; }
  const std::map<Uid, ObjectRecord>& all_records() const { return records_; }

  ChainSources take() {
    ChainSources sources;
    std::set<Uid> objects;
    for (const auto& [seq, row] : rows_) objects.insert(row.uid);
    for (const auto& [uid, record] : records_) objects.insert(uid);
    sources.beside = beside();
    sources.events = ledger_.events_about({objects.begin(), objects.end()});
    for (auto& [seq, row] : rows_) sources.rows.push_back(std::move(row));
    for (auto& [uid, record] : records_) sources.records.push_back(std::move(record));
    sources.found = !sources.rows.empty() || !sources.records.empty();
    return sources;
  }

 private:
  /// What happened to objects that have no row here, findings aside.
  std::vector<Row> beside() const {
    std::set<Uid> told;
    for (const auto& [seq, row] : rows_) told.insert(row.uid);
    std::vector<Row> found;
    for (const auto& [uid, record] : records_) {
      if (told.contains(uid)) continue;
      ledger::Query query;
      query.uid = uid.str();
      ledger_.for_each_row(query, [&found](const Row& row) {
        if (row.type != objects::RowType::Finding) found.push_back(row);
      });
    }
    return found;
  }

  bool is_of_driver(const std::string& driver) const { return driver_.empty() || driver.empty() || driver == driver_; }

  void rows(ledger::Query query) {
    query.newest = kMostRows;
    ledger_.for_each_row(query, [this](const Row& row) {
      if (is_of_driver(row.driver)) rows_.emplace(row.seq, row);
    });
  }

  void records(ledger::RecordQuery query) {
    query.ended_too = true;
    ledger_.for_each_record(query, [this](const ObjectRecord& record, std::int64_t) {
      if (is_of_driver(record.driver)) records_.emplace(record.uid, record);
    });
  }

  const ledger::Ledger& ledger_;
  std::map<std::int64_t, Row> rows_;
  std::map<Uid, ObjectRecord> records_;
  std::set<std::string> chains_;
  std::set<std::pair<std::string, std::string>> handles_;
  std::string driver_;
};

json::object node_json(const reconcilers::GraphNode& node) {
  json::object out;
  out["id"] = node.id;
  out["kind"] = node.kind;
  out["role"] = node.role;
  out["chain"] = text_or_null(node.chain);
  out["namespace"] = text_or_null(node.ns);
  out["name"] = text_or_null(node.name);
  out["state"] = text_or_null(node.state ? to_string(*node.state) : std::string_view{});
  out["readyToUse"] = ready_or_null(node.ready);
  out["since"] = time_or_null(node.since);
  out["firstSeen"] = time_or_null(node.first_seen);
  out["outcome"] = text_or_null(node.outcome ? to_string(*node.outcome) : std::string_view{});
  out["error"] = text_or_null(node.error);
  return out;
}

json::object chain_json(const reconcilers::GraphChain& chain) {
  json::array steps;
  for (const auto& step : chain.steps) {
    steps.push_back(json::object{{"step", step.step}, {"done", step.done}, {"at", time_or_null(step.at)}});
  }
  return {{"chain", chain.id},
          {"type", chain.restore ? "restore" : "backup"},
          {"initiator", initiator_or_null(chain.initiator)},
          {"steps", std::move(steps)}};
}

}  // namespace

ChainSources chain_sources(const ledger::Ledger& ledger, const ChainWanted& wanted) {
  Gatherer gatherer(ledger);
  gatherer.chain(wanted.chain);
  gatherer.handle(wanted.driver, wanted.handle);
  gatherer.complete();
  std::set<std::pair<std::string, std::string>> handles;
  const auto note = [&handles](const std::string& driver, const std::string& handle) {
    if (!driver.empty() && !handle.empty()) handles.emplace(driver, handle);
  };
  for (const auto& [seq, row] : gatherer.all_rows()) {
    if (row.chain == wanted.chain) note(row.driver, row.snapshot_handle);
  }
  for (const auto& [uid, record] : gatherer.all_records()) {
    if (record.chain == wanted.chain) note(record.driver, record.snapshot_handle);
  }
  for (const auto& [driver, handle] : handles) gatherer.handle(driver, handle);
  gatherer.complete();
  gatherer.complete();  // once more: a content names the snapshot that names the claim
  return gatherer.take();
}

reconcilers::ChainGraph picture(const ChainSources& sources, objects::MaybeInstant at) {
  std::vector<Row> rows = sources.rows;
  rows.insert(rows.end(), sources.beside.begin(), sources.beside.end());
  std::ranges::sort(rows, {}, &Row::seq);
  auto graph = reconcilers::chain_graph(rows, sources.records, at);
  // The story begins with its own first row: a source claim may be years older.
  graph.from = graph.to = {};
  for (const Row& row : sources.rows) {
    if (!graph.from || row.at < *graph.from) graph.from = row.at;
    if (!graph.to || row.at > *graph.to) graph.to = row.at;
  }
  return graph;
}

std::string to_json(const reconcilers::ChainGraph& graph) {
  json::object out;
  out["driver"] = text_or_null(graph.driver);
  out["snapshotHandle"] = text_or_null(graph.handle);
  out["from"] = time_or_null(graph.from);
  out["to"] = time_or_null(graph.to);
  json::array chains, nodes, edges;
  for (const auto& chain : graph.chains) chains.push_back(chain_json(chain));
  for (const auto& node : graph.nodes) nodes.push_back(node_json(node));
  for (const auto& edge : graph.edges) {
    edges.push_back(json::object{
        {"from", edge.from}, {"to", edge.to}, {"step", edge.step}, {"lit", edge.lit}, {"at", time_or_null(edge.at)}});
  }
  out["chains"] = std::move(chains);
  out["nodes"] = std::move(nodes);
  out["edges"] = std::move(edges);
  std::string text = json::serialize(out);
  text.pop_back();
  text += ",\"findings\":[";
  for (const auto& row : graph.findings) text += (&row == graph.findings.data() ? "" : ",") + objects::to_json(row);
  return text + "]}";
}

std::string to_json(const std::vector<objects::EventRecord>& events) {
  std::string text = "[";
  for (const auto& event : events) text += (&event == events.data() ? "" : ",\n") + objects::to_json(event);
  return text + "]";
}

Response no_such_chain() { return json_error(404, "nothing is known of such a chain; /api/v1/chains lists what is"); }

Response api_chain(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&]() -> Response {
    const ChainWanted wanted = parse_chain(request);
    const std::int64_t last_seq = ledger.last_seq();
    const auto sources = chain_sources(ledger, wanted);
    if (!sources.found) return no_such_chain();
    const auto graph = picture(sources, wanted.at);
    Response response;
    response.content_type = kJson;
    response.body = to_json(graph);
    response.body.pop_back();
    response.body += fmt::format(",\"at\":{},\"lastSeq\":{}}}\n", json::serialize(time_or_null(wanted.at)), last_seq);
    return response;
  });
}

}  // namespace snaptrail::serving
