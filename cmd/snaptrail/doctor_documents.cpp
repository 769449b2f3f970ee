#include <array>

#include "cmd/snaptrail/doctor_facts.hpp"
#include "cmd/snaptrail/output.hpp"

/// How the API server's documents are read.
namespace snaptrail::cmd {
namespace {

namespace json = boost::json;
namespace preflight = reconcilers::preflight;

const json::object& object_at(const json::object& json, std::string_view name) {
  static const json::object none;
  const auto* value = json.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

/// The members of an array that are objects.
template <class Visit>
void for_each_object(const json::object& json, std::string_view name, Visit visit) {
  const auto* value = json.if_contains(name);
  if (value == nullptr || !value->is_array()) return;
  for (const json::value& member : value->get_array()) {
    if (member.is_object()) visit(member.get_object());
  }
}

bool true_at(const json::object& json, std::string_view name) {
  const auto* value = json.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace

preflight::ApiGroup api_group_in(const json::object& groups, std::string_view name) {
  preflight::ApiGroup group;
  group.sight = preflight::Sight::Absent;
  for_each_object(groups, "groups", [&](const json::object& one) {
    if (text_in(one, "name") != name) return;
    group.sight = preflight::Sight::Seen;
    for_each_object(one, "versions", [&](const json::object& version) {
      if (std::string text = text_in(version, "version"); !text.empty()) group.versions.push_back(std::move(text));
    });
  });
  return group;
}

void read_plurals(const json::object& resources, preflight::ApiGroup& group) {
  for_each_object(resources, "resources", [&](const json::object& resource) {
    std::string name = text_in(resource, "name");
    if (!name.empty() && name.find('/') == std::string::npos) group.plurals.insert(std::move(name));
  });
}

preflight::Crd crd_in(const json::object& crd) {
  preflight::Crd found;
  found.sight = preflight::Sight::Seen;
  const json::object& meta = object_at(crd, "metadata");
  found.name = text_in(meta, "name");
  found.deleted = objects::parse_rfc3339(text_in(meta, "deletionTimestamp"));
  for_each_object(object_at(crd, "spec"), "versions", [&](const json::object& version) {
    if (true_at(version, "served")) found.served.push_back(text_in(version, "name"));
  });
  const json::object& status = object_at(crd, "status");
  if (const auto* stored = status.if_contains("storedVersions"); stored != nullptr && stored->is_array()) {
    for (const json::value& version : stored->get_array()) {
      if (version.is_string()) found.stored.emplace_back(version.get_string());
    }
  }
  for_each_object(status, "conditions", [&](const json::object& condition) {
    if (text_in(condition, "type") == "Established") found.established = text_in(condition, "status") == "True";
  });
  return found;
}

std::vector<preflight::ClassSecret> secrets_in(const json::object& classes) {
  // The keys of external-snapshotter; the first two also under their names before 1.0.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kParameters{{
      {"csi.storage.k8s.io/snapshotter-secret-name", "csi.storage.k8s.io/snapshotter-secret-namespace"},
      {"csi.storage.k8s.io/snapshotter-list-secret-name", "csi.storage.k8s.io/snapshotter-list-secret-namespace"},
      {"csiSnapshotterSecretName", "csiSnapshotterSecretNamespace"},
  }};
  std::vector<preflight::ClassSecret> found;
  for_each_object(classes, "items", [&](const json::object& one) {
    const json::object& parameters = object_at(one, "parameters");
    for (const auto& [name_key, namespace_key] : kParameters) {
      preflight::ClassSecret secret{text_in(object_at(one, "metadata"), "name"), std::string(name_key),
                                    text_in(parameters, name_key), text_in(parameters, namespace_key)};
      if (!secret.name.empty() || !secret.ns.empty()) found.push_back(std::move(secret));
    }
  });
  return found;
}

std::vector<preflight::NamedClass> named_classes_in(const json::object& list, std::string_view kind) {
  // Velero's annotation of a Backup: the driver stands behind it.
  constexpr std::string_view kAnnotation = "velero.io/csi-volumesnapshot-class";
  std::vector<preflight::NamedClass> found;
  for_each_object(list, "items", [&](const json::object& one) {
    const json::object& meta = object_at(one, "metadata");
    for (const auto& [key, value] : object_at(meta, "annotations")) {
      std::string_view rest(key.data(), key.size());
      if (!value.is_string() || value.get_string().empty() || !rest.starts_with(kAnnotation)) continue;
      rest.remove_prefix(kAnnotation.size());
      if (!rest.empty() && rest.front() != '_') continue;
      const std::string ns = text_in(meta, "namespace");
      found.push_back({std::string(kind) + " " + ns + (ns.empty() ? "" : "/") + text_in(meta, "name"),
                       std::string(value.get_string()), std::string(rest.substr(rest.empty() ? 0 : 1))});
    }
  });
  return found;
}

}  // namespace snaptrail::cmd
