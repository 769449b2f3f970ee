#include "cmd/snaptrail/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cmd/snaptrail/commands.hpp"
#include "cmd/snaptrail/output.hpp"

namespace snaptrail::cmd {
namespace {

using Words = std::vector<std::string>;

/// bash cuts words at `=`: puts `--output`, `=`, `json` together again.
Words joined(const Words& words) {
  Words result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool is_equals = words[i] == "=" && !result.empty() && result.back().starts_with("--");
    if (!is_equals) {
      result.push_back(words[i]);
      continue;
    }
    result.back() += '=';
    if (i + 1 < words.size()) result.back() += words[++i];
  }
  return result;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

const CLI::Option* find_option(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() && option->check_name(name)) return option;
  }
  return nullptr;
}

const CLI::App* find_command(const CLI::App& app, const std::string& word) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == word) return command;
  }
  return nullptr;
}

/// The values that an option knows (`{a,b}` in its type), or that it is a file.
void add_values(const CLI::Option& option, const std::string& before, const std::string& begun, Completions& result) {
  const std::string type = option.get_type_name();
  if (type.find("FILE") != std::string::npos) result.directive = Completions::kFiles;
  const auto open = type.find('{');
  const auto close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return;
  std::string rest = type.substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const std::string value = rest.substr(0, comma);
    if (value.starts_with(begun)) result.candidates.push_back({before + value, {}});
    rest.erase(0, comma + 1);
  }
}

void add_flags(const CLI::App& app, const std::string& begun, Completions& result) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const std::string flag = "--" + name;
      if (flag.starts_with(begun)) result.candidates.push_back({flag, option->get_description()});
    }
  }
}

void add_arguments(const CLI::App& app, std::size_t index, const std::string& begun, Completions& result) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (index == 0 && command->get_name().starts_with(begun)) {
      result.candidates.push_back({command->get_name(), command->get_description()});
    }
  }
  std::vector<const CLI::Option*> positional =
      app.get_options([](const CLI::Option* option) { return option->get_positional(); });
  if (positional.empty()) return;
  add_values(*positional[std::min(index, positional.size() - 1)], {}, begun, result);
}

}  // namespace

Completions complete(const CLI::App& program, const Words& given) {
  Words words = joined(given);
  if (words.empty()) words.emplace_back();
  const CLI::App* app = &program;
  const CLI::Option* waiting = nullptr;  // an option whose value comes next
  std::size_t arguments = 0;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (waiting != nullptr) {
      waiting = nullptr;
    } else if (word.size() > 1 && word.front() == '-') {
      const CLI::Option* option = find_option(*app, word);
      const bool has_value = word.find('=') != std::string::npos;
      if (option != nullptr && takes_value(*option) && !has_value) waiting = option;
    } else if (const CLI::App* command = find_command(*app, word)) {
      app = command;
      arguments = 0;
    } else {
      ++arguments;
    }
  }
  Completions result;
  const std::string& last = words.back();
  const auto equals = last.find('=');
  if (waiting != nullptr) {
    add_values(*waiting, {}, last, result);
  } else if (last.starts_with("--") && equals != std::string::npos) {
    const CLI::Option* option = find_option(*app, last);
    if (option != nullptr) add_values(*option, last.substr(0, equals + 1), last.substr(equals + 1), result);
  } else if (last.starts_with('-')) {
    add_flags(*app, last, result);
  } else {
    add_arguments(*app, arguments, last, result);
  }
  return result;
}

int print_completions(const CLI::App& program, const Words& words) {
  const Completions found = complete(program, words);
  for (const auto& [text, description] : found.candidates) {
    print_line(description.empty() ? text : fmt::format("{}\t{}", text, description));
  }
  print_line(fmt::format(":{}", static_cast<int>(found.directive)));
  flush_output();
  return kFine;
}

namespace {

constexpr std::string_view kBash = R"sh(# bash completion for snaptrail:  source <(snaptrail completion bash)
_snaptrail() {
  local line directive candidates=() current=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do candidates+=("${line%%$'\t'*}"); done \
    < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  ((${#candidates[@]})) || return
  directive=${candidates[-1]}
  unset 'candidates[-1]'
  for line in "${candidates[@]}"; do
    # bash has cut the word at "=": only what is behind it is replaced.
    [[ $line == *=* ]] && [[ $COMP_WORDBREAKS == *=* ]] && line=${line#*=}
    COMPREPLY+=("$line")
  done
  if [[ $directive == :0 ]]; then
    [[ $current == "=" ]] && current=
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _snaptrail snaptrail kubectl-snaptrail
)sh";

constexpr std::string_view kZsh = R"sh(#compdef snaptrail kubectl-snaptrail
# zsh completion for snaptrail:  source <(snaptrail completion zsh), or a file _snaptrail in $fpath
_snaptrail() {
  local -a lines candidates
  local line directive
  lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  directive=${lines[-1]}
  lines[-1]=()
  for line in "${lines[@]}"; do
    [[ -n $line ]] && candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  ((${#candidates})) && _describe -t snaptrail snaptrail candidates
  [[ $directive == :0 ]] && _files
  return 0
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
  _snaptrail "$@"
else
  compdef _snaptrail snaptrail kubectl-snaptrail
fi
)sh";

constexpr std::string_view kFish = R"sh(# fish completion for snaptrail:  snaptrail completion fish | source
function __snaptrail_complete
    set -l tokens (commandline -opc) (commandline -ct)
    set -l lines ($tokens[1] __complete $tokens[2..-1] 2>/dev/null)
    test (count $lines) -gt 0; or return
    test (count $lines) -gt 1; and printf '%s\n' $lines[1..-2]
    if test "$lines[-1]" = ':0'
        __fish_complete_path (commandline -ct)
    end
end
complete -c snaptrail -f -a '(__snaptrail_complete)'
complete -c kubectl-snaptrail -f -a '(__snaptrail_complete)'
)sh";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  return shell == "zsh" ? kZsh : kFish;
}

void add_completion(CLI::App& program, Chosen& chosen) {
  auto shell = std::make_shared<std::string>();
  auto* command = program.add_subcommand("completion", "Print the completion script of a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &chosen] {
    chosen = [shell] {
      std::string_view script = completion_script(*shell);
      script.remove_suffix(1);  // the newline, which print_line() adds
      print_line(script);
      flush_output();
      return kFine;
    };
  });
}

}  // namespace snaptrail::cmd
