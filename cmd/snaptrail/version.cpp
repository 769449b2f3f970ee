#include <fmt/format.h>
#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>

#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/source.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

struct VersionOptions {
  SourceOptions source;
  std::string output;
  bool client_only = false;
};

/// What could be learned of one of them, or why nothing could.
struct Learned {
  json::object facts;
  std::string problem;
};

template <class Ask>
Learned learn(Ask ask) {
  try {
    return {ask(), {}};
  } catch (const Failure& failure) {
    // One line is enough here: who wants the rest asks for status.
    std::string why = failure.what();
    return {{}, why.substr(0, why.find('\n'))};
  }
}

json::object ask_daemon(const SourceOptions& source) {
  const auto client = open_source(source);
  json::object facts = client->get("/api/v1/version", {});
  facts["where"] = client->where();
  return facts;
}

json::object ask_server(const ConnectionOptions& connection) {
  const auto config = load_connection(connection);
  BlockingConnection server(config);
  const auto answer = server.get("/version");
  if (answer.has_error()) throw Failure(kServer, answer.error().message);
  const json::object found = parse_answer(answer.value(), server_url(*config));
  return {{"version", text_in(found, "gitVersion")}, {"where", server_url(*config)}};
}

json::value in_json(const Learned& learned) {
  if (learned.problem.empty()) return learned.facts;
  return json::object{{"error", learned.problem}};
}

std::string in_words(const Learned& learned) {
  if (!learned.problem.empty()) return fmt::format("not reached: {}", learned.problem);
  const std::string cluster = text_in(learned.facts, "cluster");
  return fmt::format("{} ({}{})", cell_text(text_in(learned.facts, "version")),
                     cell_text(text_in(learned.facts, "where")),
                     cluster.empty() ? "" : ", cluster " + cell_text(cluster));
}

int version(const VersionOptions& options) {
  json::object all{{"client", {{"version", SNAPTRAIL_VERSION}}}};
  std::string text = "Client:     " SNAPTRAIL_VERSION;
  if (!options.client_only) {
    const Learned daemon = learn([&] { return ask_daemon(options.source); });
    all["daemon"] = in_json(daemon);
    text += fmt::format("\nDaemon:     {}", in_words(daemon));
    const bool asks_cluster = options.source.ledger.empty() && options.source.daemon.empty();
    if (asks_cluster && names_a_cluster(options.source.connection)) {
      const Learned server = learn([&] { return ask_server(options.source.connection); });
      all["server"] = in_json(server);
      text += fmt::format("\nAPI server: {}", in_words(server));
    }
  }
  print_line(options.output == "json" ? json::serialize(all) : text);
  flush_output();
  return kFine;
}

}  // namespace

void add_version(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<VersionOptions>();
  auto* command = program.add_subcommand(
      "version", "Show this program's version, and the daemon's and the API server's where they can be reached");
  command->add_flag("--client", options->client_only, "Only this program's");
  command->add_option("-o,--output", options->output, "text or json")->check(CLI::IsMember({"text", "json"}));
  add_source_options(*command, options->source);
  command->callback([options, &chosen] { chosen = [options] { return version(*options); }; });
}

}  // namespace snaptrail::cmd
