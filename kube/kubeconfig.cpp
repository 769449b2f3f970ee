#include "kube/kubeconfig.hpp"

#include "kube/kubeconfig_entries.hpp"
#include "kube/kubeconfig_file.hpp"
#include "kube/local_error.hpp"

#include <fmt/format.h>

#include <optional>

namespace snaptrail::kube {
namespace {

using Files = std::vector<KubeconfigFile>;

std::string names_of(const Files& files) {
  std::string names;
  for (const KubeconfigFile& file : files) names += (names.empty() ? "" : ", ") + file.path.string();
  return names;
}

std::string listed(const std::vector<NamedEntry>& entries) {
  std::string names;
  for (const NamedEntry& entry : entries) names += (names.empty() ? "" : ", ") + entry.name;
  return names.empty() ? "none" : names;
}

std::optional<KubeconfigEntry> find_entry(const std::vector<NamedEntry>& entries, const std::string& name) {
  for (const NamedEntry& entry : entries) {
    if (entry.name == name) return entry.body;
  }
  return std::nullopt;
}

KubeconfigEntry entry_named(const Files& files, const char* list, const char* body_key, const std::string& name) {
  const auto entries = entries_of(files, list, body_key);
  if (auto entry = find_entry(entries, name)) return std::move(*entry);
  throw KubeconfigFailure(
      fmt::format("{} has no {} named {}; there are: {}", names_of(files), body_key, name, listed(entries)));
}

std::string current_context(const Files& files) {
  for (const KubeconfigFile& file : files) {
    std::string name = KubeconfigEntry(file.path, file.root).text("current-context");
    if (!name.empty()) return name;
  }
  return {};
}

/// What a context names.
struct Chosen {
  std::string cluster;
  std::string user;
  std::string default_namespace;
};

Chosen choose(const Files& files, const std::string& context, const ConnectionOverrides& overrides) {
  Chosen chosen;
  const bool placed = !overrides.server.empty() || !overrides.cluster.empty();
  if (context.empty() && !placed) {
    throw KubeconfigFailure(fmt::format("{} sets no current-context; choose one with --context: {}", names_of(files),
                                        listed(entries_of(files, "contexts", "context"))));
  }
  if (!context.empty()) {
    const KubeconfigEntry entry = entry_named(files, "contexts", "context", context);
    chosen = {entry.text("cluster"), entry.text("user"), entry.text("namespace")};
    if (chosen.cluster.empty() && !placed) {
      throw KubeconfigFailure(fmt::format("context {} in {} names no cluster", context, entry.file().string()));
    }
  }
  if (!overrides.cluster.empty()) chosen.cluster = overrides.cluster;
  if (!overrides.user.empty()) chosen.user = overrides.user;
  return chosen;
}

ConnectionEntries resolve(const Files& files, const std::string& context, const ConnectionOverrides& overrides) {
  ConnectionEntries entries;
  entries.context = context.empty() ? current_context(files) : context;
  const Chosen chosen = choose(files, entries.context, overrides);
  entries.default_namespace = chosen.default_namespace;
  // A context's cluster may be missing where --server says all that there is to say.
  const bool dispensable = !overrides.server.empty() && overrides.cluster.empty();
  const bool there = find_entry(entries_of(files, "clusters", "cluster"), chosen.cluster).has_value();
  if (!chosen.cluster.empty() && (there || !dispensable)) {
    entries.cluster = read_cluster_entry(entry_named(files, "clusters", "cluster", chosen.cluster), chosen.cluster);
  }
  // Without its user a context would be used as nobody, as client-go does; that is never what was meant.
  if (!chosen.user.empty()) {
    entries.user = read_user_entry(entry_named(files, "users", "user", chosen.user), chosen.user);
  }
  return entries;
}

}  // namespace

Result<ClusterConfig> load_kubeconfigs(const std::vector<std::filesystem::path>& paths, const std::string& context,
                                       const ConnectionOverrides& overrides) {
  try {
    Files files;
    for (const std::filesystem::path& path : paths) files.push_back(read_kubeconfig_file(path));
    ConnectionEntries entries = resolve(files, context, overrides);
    if (auto applied = apply_overrides(overrides, entries.cluster, entries.user); !applied) return applied.error();
    return make_cluster_config(entries, proxy_environment());
  } catch (const KubeconfigFailure& failed) {
    return config_error(failed.what());
  } catch (const YAML::Exception& failed) {
    return config_error(fmt::format("{}: {}", paths.empty() ? "" : place_of(paths.front(), failed.mark), failed.msg));
  }
}

Result<ClusterConfig> load_kubeconfig(const std::filesystem::path& path, const std::string& context,
                                      const ConnectionOverrides& overrides) {
  return load_kubeconfigs({path}, context, overrides);
}

}  // namespace snaptrail::kube
