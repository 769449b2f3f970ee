#pragma once

#include <vector>

#include "ledger/ledger.hpp"
#include "reconcilers/story/chain_graph.hpp"
#include "serving/api_query.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

/// The part of the API that the page is made of: what there is, counted and listed, and the picture of one chain
/// (docs/api.md). All throw ledger::Error; a parameter that can't be used is a 400.
namespace snaptrail::serving {

/// `GET /api/v1/chains`: snapshots and restores, what changed last first, each with its worst finding.
Response api_chains(const ledger::Ledger& ledger, const Request& request);

/// `GET /api/v1/overview`: what the page shows first, in one: stats, the findings to look at first, the newest rows, and chains, whose
/// parameters it has.
Response api_overview(const ledger::Ledger& ledger, const Request& request);

/// `GET /api/v1/stats`: counts by state, namespace and driver, and of findings.
Response api_stats(const ledger::Ledger& ledger, const Request& request);

/// `GET /api/v1/namespaces`: the namespaces that have snapshots or restores, with counts.
Response api_namespaces(const ledger::Ledger& ledger, const Request& request);

/// `GET /api/v1/chain`: the story of a snapshot as nodes and edges, now or at a moment.
Response api_chain(const ledger::Ledger& ledger, const Request& request);

/// `GET /api/v1/events`: the Kubernetes Events about a story's objects, by when they were last said.
Response api_events(const ledger::Ledger& ledger, const Request& request);

/// What the picture of a chain is made of.
struct ChainSources {
  std::vector<objects::Row> rows;              ///< of all chains of the story, oldest first
  std::vector<objects::Row> beside;            ///< of source claims and their volumes, which belong to no chain
  std::vector<objects::ObjectRecord> records;  ///< of the objects in them
  std::vector<objects::EventRecord> events;    ///< about these objects
  bool found = false;
};
ChainSources chain_sources(const ledger::Ledger& ledger, const ChainWanted& wanted);

/// The picture, now or at a moment.
reconcilers::ChainGraph picture(const ChainSources& sources, objects::MaybeInstant at);

/// The answer where nothing is known of a chain.
Response no_such_chain();

/// The picture as a JSON object.
std::string to_json(const reconcilers::ChainGraph& graph);
/// Events as a JSON array.
std::string to_json(const std::vector<objects::EventRecord>& events);

}  // namespace snaptrail::serving
