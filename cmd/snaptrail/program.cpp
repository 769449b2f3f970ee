#include "cmd/snaptrail/program.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace snaptrail::cmd {

CalledAs called_as(std::string_view argv0) {
  const std::string_view name = argv0.substr(argv0.rfind('/') + 1);
  if (name.starts_with("kubectl_complete-")) return CalledAs::KubectlCompletion;
  return name.starts_with("kubectl-") ? CalledAs::KubectlPlugin : CalledAs::Snaptrail;
}

std::unique_ptr<CLI::App> make_program(CalledAs called, Chosen& chosen) {
  auto program = std::make_unique<CLI::App>("Follows CSI snapshot backups and restores, step by step, and remembers.",
                                            called == CalledAs::Snaptrail ? "snaptrail" : "kubectl snaptrail");
  program->require_subcommand(1);
  program->set_version_flag("--version", "snaptrail " SNAPTRAIL_VERSION);
  program->footer(
      "Exit codes: 0 fine; 1 a problem was found; 2 usage or configuration; 3 the API server can't be reached or "
      "refuses.");
  add_run(*program, chosen);
  add_demo(*program, chosen);
  add_record(*program, chosen);
  add_replay(*program, chosen);
  add_status(*program, chosen);
  add_timeline(*program, chosen);
  add_coverage(*program, chosen);
  add_explain(*program, chosen);
  add_doctor(*program, chosen);
  add_version(*program, chosen);
  add_completion(*program, chosen);
  add_manual(*program, chosen);
  return program;
}

}  // namespace snaptrail::cmd
