#include <fmt/format.h>
#include <CLI/App.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/doctor_facts.hpp"
#include "cmd/snaptrail/doctor_text.hpp"
#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/source.hpp"

namespace snaptrail::cmd {
namespace {

namespace json = boost::json;
using reconcilers::preflight::Check;
using reconcilers::preflight::CheckStatus;
using reconcilers::preflight::DaemonFacts;

struct DoctorOptions {
  SourceOptions source;
  OutputOptions output;
  bool no_daemon = false;
};

/// The daemon is one check among others: that none answers is no failure.
DaemonFacts look_at_daemon(const DoctorOptions& options, objects::Instant now) {
  DaemonFacts none;
  if (options.no_daemon) {
    none.why = "--no-daemon";
    return none;
  }
  try {
    const auto daemon = open_source(options.source);
    return ask_daemon(*daemon, now - std::chrono::hours{1});
  } catch (const Failure& failure) {
    const std::string why = failure.what();
    none.why = why.substr(0, why.find('\n'));
    return none;
  }
}

void print_checks(const std::vector<Check>& checks, const OutputOptions& output) {
  if (!output.is_table()) {
    ItemPrinter printer(output.format());
    for (const Check& check : checks) printer.print(json::serialize(check_json(check)));
    printer.finish();
    return;
  }
  Table table(check_columns(), terminal_for(output.format()));
  std::vector<Line> lines;
  for (const Check& check : checks) lines.push_back(check_line(check));
  table.make_room(lines);
  if (!output.no_headers) print_line(table.header());
  for (const Line& line : lines) print_line(table.format(line));
  for (const Check& check : checks) {
    const auto details = check_details(check, output.format() == Format::Wide);
    if (!details.empty()) print_line("");
    for (const std::string& line : details) print_line(line);
  }
  print_line("");
  print_line(summary_of(checks));
}

int doctor(const DoctorOptions& options) {
  const auto config = load_connection(options.source.connection);
  BlockingConnection server(config);
  const auto now = std::chrono::floor<objects::Millis>(std::chrono::system_clock::now());
  auto facts = gather_facts(server, now);
  facts.daemon = look_at_daemon(options, now);
  const auto checks = reconcilers::preflight::examine(facts);
  print_checks(checks, options.output);
  flush_output();
  const bool problem =
      std::ranges::any_of(checks, [](const Check& check) { return check.status == CheckStatus::Problem; });
  return problem ? kProblemFound : kFine;
}

}  // namespace

void add_doctor(CLI::App& program, Chosen& chosen) {
  auto options = std::make_shared<DoctorOptions>();
  auto* command = program.add_subcommand(
      "doctor", "Check whether the cluster is set up for snapshots, backups and restores, and say what to mend");
  command->add_flag("--no-daemon", options->no_daemon, "Don't ask a running snaptrail daemon what it finds");
  command->footer(
      "Asks the API server of the kubeconfig, and writes nothing. Exits with 1 if a problem was found; warnings and "
      "what is unknown are none.\nWhat the daemon may do: --as system:serviceaccount:NAMESPACE:NAME.");
  add_output_options(*command, options->output);
  add_daemon_options(*command, options->source);
  add_connection_options(*command, options->source.connection);
  command->callback([options, &chosen] { chosen = [options] { return doctor(*options); }; });
}

}  // namespace snaptrail::cmd
