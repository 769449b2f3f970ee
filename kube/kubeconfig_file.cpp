#include "kube/kubeconfig_file.hpp"

#include "kube/base64.hpp"
#include "kube/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace snaptrail::kube {
namespace {

// The largest seen in the field hold hundreds of clusters, at a few KiB each.
constexpr std::size_t kLargestKubeconfig = 16u << 20;

std::string scalar_of(const std::filesystem::path& file, const YAML::Node& node, const char* key) {
  if (!node.IsScalar())
    throw KubeconfigFailure(fmt::format("{}: {} must be a string", place_of(file, node.Mark()), key));
  return node.Scalar();
}

}  // namespace

std::string place_of(const std::filesystem::path& file, const YAML::Mark& mark) {
  if (mark.is_null()) return file.string();
  return fmt::format("{}:{}:{}", file.string(), mark.line + 1, mark.column + 1);
}

YAML::Node KubeconfigEntry::find(const char* key) const {
  if (!body_.IsDefined() || body_.IsNull()) return YAML::Node();
  if (!body_.IsMap()) {
    throw KubeconfigFailure(fmt::format("{}: a map with {} was expected here", place_of(file_, body_.Mark()), key));
  }
  const YAML::Node& body = body_;  // the const lookup adds no key
  const YAML::Node found = body[key];
  return found.IsDefined() ? found : YAML::Node();
}

bool KubeconfigEntry::has(const char* key) const {
  const YAML::Node node = find(key);
  if (node.IsNull()) return false;
  return !node.IsScalar() || !node.Scalar().empty();
}

std::string KubeconfigEntry::text(const char* key) const {
  const YAML::Node node = find(key);
  return node.IsNull() ? std::string() : scalar_of(file_, node, key);
}

bool KubeconfigEntry::flag(const char* key) const {
  const YAML::Node node = find(key);
  if (node.IsNull()) return false;
  bool value = false;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
    throw KubeconfigFailure(fmt::format("{}: {} must be true or false", place_of(file_, node.Mark()), key));
  }
  return value;
}

std::filesystem::path KubeconfigEntry::path(const char* key) const {
  const std::string value = text(key);
  if (value.empty()) return {};
  return std::filesystem::absolute(file_.parent_path() / value).lexically_normal();
}

std::vector<std::string> KubeconfigEntry::texts(const char* key) const {
  std::vector<std::string> texts;
  for (const KubeconfigEntry& item : children(key)) texts.push_back(scalar_of(item.file_, item.body_, key));
  return texts;
}

std::map<std::string, std::vector<std::string>> KubeconfigEntry::text_lists(const char* key) const {
  std::map<std::string, std::vector<std::string>> lists;
  const YAML::Node map = find(key);
  if (map.IsNull()) return lists;
  if (!map.IsMap()) throw KubeconfigFailure(fmt::format("{}: {} must be a map", place_of(file_, map.Mark()), key));
  for (const auto& pair : map) {
    const std::string name = scalar_of(file_, pair.first, key);
    lists[name] = KubeconfigEntry(file_, map).texts(name.c_str());
  }
  return lists;
}

std::vector<KubeconfigEntry> KubeconfigEntry::children(const char* key) const {
  std::vector<KubeconfigEntry> entries;
  const YAML::Node list = find(key);
  if (list.IsNull()) return entries;
  if (!list.IsSequence()) {
    throw KubeconfigFailure(fmt::format("{}: {} must be a list", place_of(file_, list.Mark()), key));
  }
  for (const YAML::Node& item : list) entries.emplace_back(file_, item);
  return entries;
}

KubeconfigEntry KubeconfigEntry::child(const char* key) const { return {file_, find(key)}; }

std::string KubeconfigEntry::data(const char* key) const {
  const std::string encoded = text(key);
  auto decoded = decode_base64(encoded);
  if (!decoded) {
    throw KubeconfigFailure(fmt::format("{}: {} is no valid base64", place_of(file_, find(key).Mark()), key));
  }
  return std::move(*decoded);
}

KubeconfigFile read_kubeconfig_file(const std::filesystem::path& path) {
  auto contents = read_file(path, "kubeconfig", kLargestKubeconfig);
  if (!contents) throw KubeconfigFailure(contents.error().message);
  try {
    KubeconfigFile file{path, YAML::Load(*contents)};
    // What `touch` leaves behind in a list of files is no error for kubectl.
    if (file.root.IsNull()) file.root = YAML::Node(YAML::NodeType::Map);
    if (!file.root.IsMap()) {
      throw KubeconfigFailure(
          fmt::format("{} is no kubeconfig: a YAML map with clusters, users and contexts was "
                      "expected",
                      path.string()));
    }
    return file;
  } catch (const YAML::Exception& failed) {
    throw KubeconfigFailure(fmt::format("{}: no valid YAML: {}", place_of(path, failed.mark), failed.msg));
  }
}

std::vector<NamedEntry> entries_of(const std::vector<KubeconfigFile>& files, const char* list, const char* body_key) {
  std::vector<NamedEntry> entries;
  for (const KubeconfigFile& file : files) {
    const YAML::Node& root = file.root;
    const YAML::Node nodes = root[list];
    if (!nodes.IsDefined() || nodes.IsNull()) continue;
    if (!nodes.IsSequence()) {
      throw KubeconfigFailure(fmt::format("{}: {} must be a list", place_of(file.path, nodes.Mark()), list));
    }
    std::set<std::string> own;
    for (const YAML::Node& node : nodes) {
      const KubeconfigEntry entry(file.path, node);
      std::string name = entry.text("name");
      if (!own.insert(name).second) {
        throw KubeconfigFailure(
            fmt::format("{}: there are two {}s named {}", place_of(file.path, node.Mark()), body_key, name));
      }
      const bool known =
          std::any_of(entries.begin(), entries.end(), [&](const NamedEntry& e) { return e.name == name; });
      if (!known) entries.push_back({std::move(name), entry.child(body_key)});
    }
  }
  return entries;
}

}  // namespace snaptrail::kube
