#include "controller/config.hpp"

#include "controller/config_keys.hpp"
#include "objects/utf8.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <fstream>
#include <set>

namespace snaptrail::controller {
namespace {

constexpr std::size_t kMaxFileBytes = 1u << 20;  // a thousand times what a configuration needs

/// One walk over a document. Depth is bounded by the keys' own sections, so aliases can't lead it in circles.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Config read(const std::string& text) {
    const auto documents = load(text);
    if (documents.size() > 1) fail(documents[1].Mark(), "a second document; one is expected");
    if (!documents.empty() && !documents[0].IsNull()) read_section(documents[0], "");
    return std::move(config_);
  }

 private:
  [[noreturn]] void fail(const YAML::Mark& mark, std::string_view message) const {
    const int line = mark.is_null() ? 0 : mark.line + 1;
    const int column = mark.is_null() ? 0 : mark.column + 1;
    throw ConfigError(fmt::format("{}:{}:{}: {}", name_, line, column, message), line, column);
  }

  std::vector<YAML::Node> load(const std::string& text) const {
    try {
      return YAML::LoadAll(text);
    } catch (const YAML::Exception& error) {
      fail(error.mark, fmt::format("no valid YAML: {}", objects::to_printable(error.msg)));
    }
  }

  void read_section(const YAML::Node& node, const std::string& section) {
    if (!node.IsMap()) {
      fail(node.Mark(), section.empty() ? "the configuration has to be a mapping of keys to values"
                                        : fmt::format("{} has to be a mapping of keys to values", section));
    }
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const auto& key = entry.first;
      if (!key.IsScalar()) fail(key.Mark(), "a key has to be a plain word");
      const auto path = section.empty() ? key.Scalar() : section + "." + key.Scalar();
      if (!seen.insert(key.Scalar()).second) fail(key.Mark(), fmt::format("{} is there twice", in_quotes(path)));
      read_entry(path, key.Mark(), entry.second);
    }
  }

  void read_entry(const std::string& path, const YAML::Mark& key_mark, const YAML::Node& value) {
    const auto* const key = find_config_key(path);
    if (key == nullptr && !is_config_section(path)) fail_unknown(path, key_mark);
    if (value.IsNull()) return;
    if (key == nullptr) return read_section(value, path);
    const auto raw = raw_value(path, value);
    try {
      key->set(config_, raw);
    } catch (const ValueError& error) {
      fail(value.Mark(), fmt::format("{}: {}", path, error.what()));
    }
  }

  [[noreturn]] void fail_unknown(const std::string& path, const YAML::Mark& mark) const {
    const auto similar = similar_config_key(path);
    fail(mark,
         fmt::format("unknown key {}{}", in_quotes(path),
                     similar.empty() ? "; docs/config.md lists the keys" : fmt::format("; did you mean {}?", similar)));
  }

  RawValue raw_value(const std::string& path, const YAML::Node& node) const {
    if (node.IsScalar()) return {node.Scalar(), std::nullopt};
    if (node.IsMap()) fail(node.Mark(), fmt::format("{} has no keys below it; a value is expected", path));
    RawValue raw{"", std::vector<std::string>()};
    for (const auto& item : node) {
      if (!item.IsScalar()) fail(item.Mark(), fmt::format("{}: every item has to be a plain word", path));
      raw.list->push_back(item.Scalar());
    }
    return raw;
  }

  std::string_view name_;
  Config config_;
};

void check_watch(const Config& config, std::string_view where) {
  if (config.watch.namespaces.empty() || config.watch.selector.empty()) return;
  throw ConfigError(fmt::format("{}: watch.namespaces and watch.namespaceSelector exclude each other; name the "
                                "namespaces, or select them by their labels",
                                where),
                    0, 0);
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return items;
}

}  // namespace

Config parse_config(const std::string& text, std::string_view name) {
  Config config = Reader(name).read(text);
  check_watch(config, name);
  return config;
}

Config load_config(const std::filesystem::path& path) {
  const auto name = objects::to_printable(path.string());
  const auto refuse = [&name](std::string_view why) {
    return ConfigError(fmt::format("{}: {}; check --config", name, why), 0, 0);
  };
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) throw refuse(fmt::format("can't be read: {}", error.message()));
  if (std::filesystem::is_directory(status)) throw refuse("is a directory; a YAML file is expected");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw refuse(fmt::format("can't be read: {}", std::generic_category().message(errno)));
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw refuse("reading failed");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) throw refuse("is larger than 1 MiB");
  return parse_config(text, name);
}

void override_config(Config& config, const std::vector<Override>& overrides) {
  for (const auto& [path, value, origin] : overrides) {
    const auto* const key = find_config_key(path);
    if (key == nullptr) throw std::logic_error(fmt::format("{} names the key {}, which does not exist", origin, path));
    try {
      key->set(config, key->type == "list" ? RawValue{"", split_at_commas(value)} : RawValue{value, std::nullopt});
    } catch (const ValueError& error) {
      throw ConfigError(fmt::format("{}: {}", origin, error.what()), 0, 0);
    }
  }
  check_watch(config, "the configuration with its flags");
}

void check_config(const Config& config) {
  if (config.tls.cert_file.empty() != config.tls.key_file.empty()) {
    const bool no_key = config.tls.key_file.empty();
    throw ConfigError(fmt::format("{} is set and {} is not: TLS needs both", no_key ? "tls.certFile" : "tls.keyFile",
                                  no_key ? "tls.keyFile" : "tls.certFile"),
                      0, 0);
  }
}

std::string describe(const Config& config) {
  std::string text;
  for (const auto& key : config_keys()) text += fmt::format("{}: {}\n", key.path, key.get(config));
  return text;
}

}  // namespace snaptrail::controller
