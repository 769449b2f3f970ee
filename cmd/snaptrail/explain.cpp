#include <fmt/format.h>
#include <CLI/App.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string_view>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/finding_text.hpp"
#include "cmd/snaptrail/human_duration.hpp"
#include "cmd/snaptrail/object_argument.hpp"
#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/source.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;

struct ExplainOptions {
  SourceOptions source;
  OutputOptions output;
  std::string object;
  std::string ns;
  std::string kind;
};

/// An object with the findings about it, the one to look at first at the front.
struct Explained {
  json::object object;
  std::vector<json::object> findings;
};

std::string place_text(const json::object& object) {
  const std::string ns = objects::to_printable(text_in(object, "namespace"));
  return fmt::format("{} {}{}{}", text_in(object, "kind"), ns, ns.empty() ? "" : "/",
                     objects::to_printable(text_in(object, "name")));
}

bool has_states(std::string_view kind) {
  constexpr std::array<std::string_view, 4> kWithStates = {"VolumeSnapshot", "VolumeSnapshotContent",
                                                           "PersistentVolumeClaim", "PersistentVolume"};
  return std::ranges::find(kWithStates, kind) != kWithStates.end();
}

std::vector<Explained> ask(ApiClient& client, const ExplainOptions& options, const ObjectArgument& object) {
  std::vector<Explained> found;
  for_each_item(client, "/api/v1/status",
                {{"ns", options.ns}, {"kind", object.kind}, {"name", object.name}, {"all", "true"}},
                [&found](const json::object& item) { found.push_back({item, {}}); });
  // Findings are also about kinds that have no state of their own, such as a Backup or a class.
  for_each_item(client, "/api/v1/findings", {{"ns", options.ns}, {"kind", object.kind}, {"name", object.name}},
                [&found](const json::object& finding) {
                  const std::string uid = text_in(finding, "uid");
                  auto about = std::ranges::find_if(
                      found, [&uid](const Explained& one) { return text_in(one.object, "uid") == uid; });
                  if (about == found.end()) {
                    json::object bare;
                    for (const char* name : {"kind", "namespace", "name", "uid"}) bare[name] = finding.at(name);
                    found.push_back({std::move(bare), {}});
                    about = found.end() - 1;
                  }
                  about->findings.push_back(finding);
                });
  for (auto& one : found) std::ranges::sort(one.findings, matters_more);
  // Kinds without states have no rows but findings: that there is none is an answer too.
  if (found.empty() && !object.kind.empty() && !has_states(object.kind)) {
    json::object bare{{"kind", object.kind}, {"namespace", nullptr}, {"name", object.name}, {"uid", nullptr}};
    if (!options.ns.empty()) bare["namespace"] = options.ns;
    found.push_back({std::move(bare), {}});
  }
  return found;
}

void print_text(const Explained& one, Zone zone) {
  const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
  std::string head = place_text(one.object);
  if (const auto state = text_in(one.object, "state"); !state.empty()) {
    head += ": " + state;
    if (const auto since = objects::parse_rfc3339(text_in(one.object, "since"))) {
      head += fmt::format(", for {}", human_duration(now - *since));
    }
  }
  print_line(head);
  for (const char* name : {"driver", "snapshotHandle", "volumeHandle", "content", "deletionPolicy", "error"}) {
    if (const auto value = text_in(one.object, name); !value.empty()) {
      print_line(fmt::format("  {}: {}", name, objects::to_printable(value)));
    }
  }
  if (one.findings.empty()) {
    print_line(has_states(text_in(one.object, "kind")) ? "  Nothing is found wrong with it."
                                                       : "  Nothing is found wrong with it, if it is there: objects of "
                                                         "this kind have no states.");
  }
  for (const auto& finding : one.findings) {
    print_line("");
    for (const auto& line : finding_lines(finding, now, zone)) print_line("  " + line);
  }
}

int explain(const ExplainOptions& options) {
  const ObjectArgument object = parse_object(options.object, options.kind);
  if (object.name.empty()) throw Failure(kUsage, "name the object: explain KIND/NAME, such as vs/nightly-db");
  const auto client = open_source(options.source);
  const auto found = ask(*client, options, object);
  if (found.empty()) {
    throw Failure(kUsage, fmt::format("{} knows no {} \"{}\"{} that has not ended; `timeline {}` tells of its past",
                                      client->where(), object.kind.empty() ? "object" : object.kind,
                                      objects::to_printable(object.name),
                                      options.ns.empty() ? "" : fmt::format(" in namespace {}", options.ns),
                                      objects::to_printable(object.name)));
  }
  ItemPrinter printer(options.output.format());
  bool problem = false;
  for (const auto& one : found) {
    problem = problem || std::ranges::any_of(one.findings, is_problem);
    if (options.output.is_table()) {
      if (&one != &found.front()) print_line("");
      print_text(one, options.output.zone());
      continue;
    }
    json::array findings(one.findings.begin(), one.findings.end());
    printer.print(json::serialize(json::object{{"object", one.object}, {"findings", std::move(findings)}}));
  }
  if (!options.output.is_table()) printer.finish();
  flush_output();
  return problem ? kProblemFound : kFine;
}

}  // namespace

void add_explain(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<ExplainOptions>();
  auto* command = program.add_subcommand(
      "explain", "Say why an object doesn't get on, or what is about to be lost with it, and what to do");
  command->add_option("OBJECT", options->object, "KIND/NAME or NAME (vs, vsc, vgs, vgsc, pvc, pv or in full)")
      ->required();
  command->add_option("-n,--namespace", options->ns, "Only this namespace (default: all)");
  command->add_option("--kind", options->kind, "Only this kind");
  command->footer("Exits with 1 if something is found that somebody has to mend.");
  add_output_options(*command, options->output);
  add_source_options(*command, options->source);
  command->callback([options, &chosen] { chosen = [options] { return explain(*options); }; });
}

}  // namespace snaptrail::cmd
