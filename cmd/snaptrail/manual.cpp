#include "cmd/snaptrail/manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/output.hpp"

namespace snaptrail::cmd {
namespace {

/// Text as roff takes it: `\` and `-` are its own characters, and so are `.` and `'` at the beginning of a line.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string names_of(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += fmt::format("{}-{}", names.empty() ? "" : ", ", name);
  for (const std::string& name : option.get_lnames()) names += fmt::format("{}--{}", names.empty() ? "" : ", ", name);
  return names.empty() ? option.get_name(true) : names;
}

/// `FILE`, or the choices of `TEXT:{a,b}`.
std::string value_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0 || option.get_positional()) return {};
  std::string type = option.get_type_name();
  const auto brace = type.find(":{");
  if (brace == std::string::npos) return type.substr(0, type.find(':'));
  type = type.substr(brace + 2, type.find('}') - brace - 2);
  std::ranges::replace(type, ',', '|');
  return type;
}

void append_options(const CLI::App& app, std::string& page) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string value = value_of(*option);
    page += fmt::format(".TP\n\\fB{}\\fR{}\n{}", roff(names_of(*option)),
                        value.empty() ? "" : fmt::format(" \\fI{}\\fR", roff(value)), roff(option->get_description()));
    const std::string initial = option->get_default_str();
    page += initial.empty() ? "\n" : fmt::format(" (default: {})\n", roff(initial));
  }
}

std::vector<const CLI::App*> commands_of(const CLI::App& program) {
  return program.get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); });
}

std::string arguments_of(const CLI::App& command) {
  std::string text;
  for (const CLI::Option* option : command.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    text += option->get_required() ? fmt::format(" \\fI{}\\fR", roff(option->get_name(true)))
                                   : fmt::format(" [\\fI{}\\fR]", roff(option->get_name(true)));
  }
  return text;
}

constexpr std::string_view kEnd = R"(.SH EXIT STATUS
.TP
0
fine
.TP
1
a problem was found
.TP
2
usage or configuration
.TP
3
the API server (or the daemon) can't be reached, or refuses
.SH ENVIRONMENT
.TP
.B KUBECONFIG
kubeconfig files, as kubectl takes them
.TP
.B NO_COLOR
set to anything: no colours
.SH SEE ALSO
.BR kubectl (1)
)";

}  // namespace

std::string manual_page(const CLI::App& program) {
  std::string page = fmt::format(
      ".TH SNAPTRAIL 1 \"\" \"snaptrail {0}\" \"User Commands\"\n.SH NAME\nsnaptrail \\- {1}\n.SH SYNOPSIS\n"
      ".B snaptrail\n.I COMMAND\n[\\fIOPTION\\fR]...\n.br\n.B kubectl snaptrail\n.I COMMAND\n[\\fIOPTION\\fR]...\n"
      ".SH DESCRIPTION\n{2}\n.SH COMMANDS\n",
      SNAPTRAIL_VERSION, "follow CSI snapshot backups and restores", roff(program.get_description()));
  for (const CLI::App* command : commands_of(program)) {
    page += fmt::format(".SS \\fBsnaptrail {}\\fR{} [\\fIOPTION\\fR]...\n{}.\n", roff(command->get_name()),
                        arguments_of(*command), roff(command->get_description()));
    append_options(*command, page);
  }
  return page.append(kEnd);
}

void add_manual(CLI::App& program, Chosen& chosen) {
  auto* command = program.add_subcommand("man", "Print the manual page (snaptrail man | man -l -)");
  command->callback([&program, &chosen] {
    chosen = [&program] {
      std::string page = manual_page(program);
      page.pop_back();  // the newline, which print_line() adds
      print_line(page);
      flush_output();
      return kFine;
    };
  });
}

}  // namespace snaptrail::cmd
