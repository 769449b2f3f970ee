#include "serving/api_export.hpp"

#include <fmt/format.h>

#include "serving/api_chains.hpp"
#include "serving/guarded.hpp"

namespace snaptrail::serving {
namespace {

/// A name for the file that any file system takes.
std::string file_name(const ChainWanted& wanted) {
  std::string name = "snaptrail-";
  for (const char c : wanted.chain.empty() ? wanted.handle : wanted.chain) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? c : '_';
  }
  return name.substr(0, 80);
}

std::string story_json(const reconcilers::ChainGraph& graph, const ChainSources& sources) {
  const auto& rows = sources.rows;
  std::string body = "{\"chain\":" + to_json(graph) + ",\n\"rows\":[";
  for (const auto& row : rows) body += (&row == rows.data() ? "\n" : ",\n") + objects::to_json(row);
  return body + "],\n\"events\":" + to_json(sources.events) + "}\n";
}

}  // namespace

Response api_export(const ledger::Ledger& ledger, const Request& request) {
  return guarded([&]() -> Response {
    const ExportWanted wanted = parse_export(request);
    const auto sources = chain_sources(ledger, wanted.chain);
    if (!sources.found) return no_such_chain();
    const auto graph = picture(sources, {});
    Response response;
    response.content_type = wanted.markdown ? "text/markdown; charset=utf-8" : std::string(kJson);
    response.headers.emplace_back(
        "Content-Disposition",
        fmt::format("attachment; filename=\"{}.{}\"", file_name(wanted.chain), wanted.markdown ? "md" : "json"));
    response.body = wanted.markdown ? story_report(graph, sources.rows, sources.events, ledger.cluster())
                                    : story_json(graph, sources);
    return response;
  });
}

}  // namespace snaptrail::serving
