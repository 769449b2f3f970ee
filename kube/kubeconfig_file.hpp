#pragma once

#include "kube/error.hpp"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace snaptrail::kube {

/// Thrown while a kubeconfig is taken apart; load_kubeconfigs() turns it into an Error.
struct KubeconfigFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A kubeconfig as YAML, and the file that it came from.
struct KubeconfigFile {
  std::filesystem::path path;
  YAML::Node root;
};

/// One entry of clusters, contexts or users: the map under its second key, and the file whose folder relative
/// paths in it are relative to. Lookups throw KubeconfigFailure with file, line and column.
class KubeconfigEntry {
 public:
  KubeconfigEntry(std::filesystem::path file, const YAML::Node& body) : file_(std::move(file)), body_(body) {}

  const std::filesystem::path& file() const { return file_; }
  bool has(const char* key) const;
  /// A scalar; empty if it is missing or null.
  std::string text(const char* key) const;
  bool flag(const char* key) const;
  /// A path, made absolute from the kubeconfig's folder; empty if missing.
  std::filesystem::path path(const char* key) const;
  /// A list of scalars; empty if missing.
  std::vector<std::string> texts(const char* key) const;
  /// A map of lists of scalars; empty if missing.
  std::map<std::string, std::vector<std::string>> text_lists(const char* key) const;
  /// The entry under `key`; an empty one if missing.
  KubeconfigEntry child(const char* key) const;
  /// The entries of a list; none if missing.
  std::vector<KubeconfigEntry> children(const char* key) const;
  /// Bytes given as base64 under `key`; empty if missing. Never quoted in an error.
  std::string data(const char* key) const;
  const YAML::Node& node() const { return body_; }

 private:
  YAML::Node find(const char* key) const;

  std::filesystem::path file_;
  YAML::Node body_;
};

/// Reads and parses one file; an empty one has no entries. Throws KubeconfigFailure.
KubeconfigFile read_kubeconfig_file(const std::filesystem::path& path);

/// The entries of `list` ("clusters") with their names, over all files; the first of a name counts, but a name that
/// one file has twice is an error.
struct NamedEntry {
  std::string name;
  KubeconfigEntry body;
};
std::vector<NamedEntry> entries_of(const std::vector<KubeconfigFile>& files, const char* list, const char* body_key);

/// "FILE:LINE:COLUMN" of a place in a file; without a mark only the file.
std::string place_of(const std::filesystem::path& file, const YAML::Mark& mark);

}  // namespace snaptrail::kube
