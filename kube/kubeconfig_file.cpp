#include "kube/kubeconfig_file.hpp"

#include "kube/base64.hpp"
#include "kube/files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace snaptrail::kube {
namespace {

// The largest seen in the field hold hundreds of clusters, at a few KiB each.
constexpr std::size_t kLargestKubeconfig = 16u << 20;

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
  if (node.IsNull()) return {};
  if (!node.IsScalar())
    throw KubeconfigFailure(fmt::format("{}: {} must be a string", place_of(file_, node.Mark()), key));
  return node.Scalar();
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
  return (file_.parent_path() / value).lexically_normal();
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
    for (const YAML::Node& node : nodes) {
      const KubeconfigEntry entry(file.path, node);
      std::string name = entry.text("name");
      const bool known =
          std::any_of(entries.begin(), entries.end(), [&](const NamedEntry& e) { return e.name == name; });
      if (!known) entries.push_back({std::move(name), entry.child(body_key)});
    }
  }
  return entries;
}

}  // namespace snaptrail::kube
