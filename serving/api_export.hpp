#pragma once

#include <span>
#include <string>

#include "ledger/ledger.hpp"
#include "objects/row.hpp"
#include "reconcilers/story/chain_graph.hpp"
#include "serving/request.hpp"
#include "serving/response.hpp"

namespace snaptrail::serving {

/// `GET /api/v1/export`: the story of a snapshot as a file to attach to an incident: JSON (the picture, all rows and Kubernetes Events) or
/// Markdown.
/// Throws ledger::Error.
Response api_export(const ledger::Ledger& ledger, const Request& request);

/// The story for people to read: what it is about, what stands in the way, the flow's steps with their times, every row and Event by
/// when it happened. `rows` and `events` are in that order. Strangers' strings can't leave their place in it. Pure.
std::string story_report(const reconcilers::ChainGraph& graph, std::span<const objects::Row> rows,
                         std::span<const objects::EventRecord> events, std::string_view cluster);

}  // namespace snaptrail::serving
