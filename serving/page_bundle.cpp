#include "serving/page_bundle.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace snaptrail::serving {
namespace {

constexpr std::string_view kImport = "import ";
constexpr std::string_view kExport = "export ";
constexpr std::string_view kFrom = " from './";

std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

class Bundle {
 public:
  explicit Bundle(const PageFile& file) : file_(file) {}

  void add(std::string_view name) {
    if (std::ranges::find(done_, name) != done_.end()) return;
    if (std::ranges::find(under_way_, name) != under_way_.end()) fail(name, "a circle of imports leads to it");
    std::string_view rest = file_(name);
    if (rest.empty()) fail(name, "there is no such module");
    under_way_.push_back(name);
    std::string body;
    std::vector<std::string_view> exported;
    while (!rest.empty()) body += line_of(name, next_line(rest), exported) + "\n";
    text_ += fmt::format("const {} = (() => {{\n{}return {{ {} }};\n}})();\n", variable_of(name), body,
                         fmt::join(exported, ", "));
    under_way_.pop_back();
    done_.push_back(name);
  }

  std::string take() { return std::move(text_); }

 private:
  [[noreturn]] static void fail(std::string_view module, std::string_view why) {
    throw std::logic_error(fmt::format("the page's module {} can't be bundled: {}", module, why));
  }

  /// `chain-view.js` as a variable.
  static std::string variable_of(std::string_view module) {
    std::string name = "module_";
    for (const char c : module.substr(0, module.find('.'))) name += is_name(c) ? c : '_';
    return name;
  }

  std::string line_of(std::string_view module, std::string_view line, std::vector<std::string_view>& exported) {
    if (line.find("import(") != std::string_view::npos) fail(module, "it imports another one later");
    if (line.starts_with(kImport)) return imported(module, line);
    if (!line.starts_with(kExport)) return std::string(line);
    line.remove_prefix(kExport.size());
    exported.push_back(declared(module, line));
    return std::string(line);
  }

  /// The import as a constant, behind the module that it names.
  std::string imported(std::string_view module, std::string_view line) {
    const auto from = line.find(kFrom);
    const std::string_view names = line.substr(kImport.size(), from - std::min(from, kImport.size()));
    const bool plain = from != std::string_view::npos && line.ends_with("';") && names.starts_with("{ ") &&
                       names.ends_with(" }") && names.find(" as ") == std::string_view::npos;
    if (!plain) fail(module, fmt::format("its import is written another way: {}", line));
    const auto begin = from + kFrom.size();
    const auto other = line.substr(begin, line.size() - begin - 2);
    add(other);
    return fmt::format("const {} = {};", names, variable_of(other));
  }

  /// The name that a line declares.
  static std::string_view declared(std::string_view module, std::string_view line) {
    constexpr std::array<std::string_view, 4> kWords = {"const ", "function ", "async function ", "class "};
    for (const auto word : kWords) {
      if (!line.starts_with(word)) continue;
      const auto name = line.substr(word.size());
      const auto end = std::ranges::find_if_not(name, is_name);
      const auto size = static_cast<std::size_t>(end - name.begin());
      if (size > 0) return name.substr(0, size);
    }
    fail(module, fmt::format("its export is written another way: {}", line));
  }

  const PageFile& file_;
  std::string text_;
  std::vector<std::string_view> done_, under_way_;
};

}  // namespace

std::string bundle_modules(std::string_view entry, const PageFile& file) {
  Bundle bundle(file);
  bundle.add(entry);
  return bundle.take();
}

}  // namespace snaptrail::serving
