#include "reconcilers/diagnosis/fix.hpp"

#include <algorithm>
#include <array>

#include "objects/utf8.hpp"

namespace snaptrail::reconcilers {
namespace {

constexpr std::array<std::string_view, 13> kPlaceholders = {
    "kind",   "ns",           "name",   "driver",       "class",      "claim",   "content",
    "volume", "storageclass", "backup", "blocker_kind", "blocker_ns", "blocker",
};
constexpr std::string_view kFinalizers = "finalizers";

bool is_placeholder(std::string_view name) {
  return name == kFinalizers || std::ranges::find(kPlaceholders, name) != kPlaceholders.end();
}

bool is_namespace(std::string_view placeholder) { return placeholder == "ns" || placeholder == "blocker_ns"; }

std::string filled(std::string_view text, const FixValues& values, bool command) {
  constexpr std::string_view kFlag = "-n ";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text[at] == '{' ? text.find('}', at) : std::string_view::npos;
    const auto name = end == std::string_view::npos ? std::string_view() : text.substr(at + 1, end - at - 1);
    if (!is_placeholder(name)) {
      out += text[at++];
      continue;
    }
    at = end + 1;
    const auto found = values.find(name);
    if (found != values.end() && found->second.empty() && is_namespace(name) && out.ends_with(kFlag)) {
      out.resize(out.size() - kFlag.size());  // a cluster-scoped object
      if (at < text.size() && text[at] == ' ') ++at;
      if (at == text.size() && out.ends_with(' ')) out.pop_back();
      continue;
    }
    const bool known = found != values.end() && !found->second.empty();
    const std::string value = known ? found->second : "<" + std::string(name) + ">";
    out += command ? shell_quoted(value) : objects::to_printable(value);
  }
  return out;
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  constexpr std::string_view kHarmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,";
  const std::string printable = objects::to_printable(text);
  const bool harmless = !printable.empty() && printable.find_first_not_of(kHarmless) == std::string::npos;
  // A leading dash would be taken for a flag; quotes don't help against that, so say where it stands.
  if (harmless) return printable.front() == '-' ? "./" + printable : printable;
  std::string quoted = "'";
  for (const char c : printable) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

Fix fill_fix(Reason reason, const FixValues& values) {
  const ReasonInfo& info = info_of(reason);
  return {filled(info.fix_text, values, false), filled(info.fix_command, values, true)};
}

}  // namespace snaptrail::reconcilers
