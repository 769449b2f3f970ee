#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "objects/types.hpp"

/// What a preflight knows of a cluster: gathered by requests, judged by examine().
namespace snaptrail::reconcilers::preflight {

/// Whether something could be looked at.
enum class Sight : std::uint8_t {
  Seen,
  Absent,     ///< the API server doesn't know it
  Forbidden,  ///< the right is missing
  Failed,     ///< the request failed otherwise
};

/// Why something couldn't be looked at, for a person; empty where it was.
struct Looked {
  Sight sight = Sight::Failed;
  std::string why;
  bool seen() const { return sight == Sight::Seen; }
};

template <class T>
struct Listed : Looked {
  std::vector<T> items;
};

/// An API group as discovery has it.
struct ApiGroup : Looked {
  std::vector<std::string> versions;  ///< served, the preferred one first
  /// Plurals that the newest version served that snaptrail reads has.
  std::set<std::string, std::less<>> plurals;
};

/// A CustomResourceDefinition, as far as it matters here.
struct Crd : Looked {
  std::string name;  ///< `volumesnapshots.snapshot.storage.k8s.io`
  std::vector<std::string> served;
  std::vector<std::string> stored;  ///< status.storedVersions
  bool established = false;
  objects::MaybeInstant deleted;
};

/// The secret that a VolumeSnapshotClass names in its parameters. It is never read.
struct ClassSecret {
  std::string class_name;
  std::string parameter;  ///< the name's key, such as `csi.storage.k8s.io/snapshotter-secret-name`
  std::string name;
  std::string ns;  ///< empty: the class names none
};

/// Who names a VolumeSnapshotClass, and which.
struct NamedClass {
  std::string by;  ///< `VolumeSnapshot shop/s1`
  std::string class_name;
  std::string driver;  ///< for which driver it is meant; empty: not said
};

/// One right that the daemon uses.
struct Right {
  enum class Allowed : std::uint8_t { Yes, No, Unknown };
  objects::Kind kind = objects::Kind::VolumeSnapshot;
  std::string verb;
  Allowed allowed = Allowed::Unknown;
  std::string why;
};

/// What a running daemon tells; only where one was reached.
struct DaemonFacts : Looked {
  std::string where;
  std::map<std::string, std::size_t> findings;  ///< to be mended, by reason; neither what just waits nor consequences
  std::map<std::string, std::size_t> gaps;      ///< windows that were missed in the last hour, by resource
};

struct Facts {
  objects::Instant now;
  std::string server_version;  ///< `v1.33.1`; empty where it wasn't told
  ApiGroup snapshot_api;
  ApiGroup group_api;
  ApiGroup velero_api;
  std::vector<Crd> crds;

  Listed<objects::VolumeSnapshotClass> classes;
  Listed<objects::StorageClass> storage_classes;
  Listed<objects::CSIDriver> drivers;
  Listed<objects::Lease> leases;
  Listed<objects::BackupStorageLocation> locations;
  Listed<ClassSecret> secrets;
  /// Those that aren't ready, or are being deleted.
  Listed<objects::VolumeSnapshot> snapshots;
  Listed<objects::VolumeSnapshotContent> contents;
  /// Bound and without spec.csi.
  Listed<objects::PersistentVolume> other_volumes;
  Looked claims;
  std::map<std::string, std::size_t> bound_claims;  ///< by StorageClass
  std::vector<NamedClass> named_classes;
  std::vector<Right> rights;
  DaemonFacts daemon;
};

/// Takes an object of a list into the facts, or leaves it aside where it tells nothing.
void take(Facts& facts, objects::Object object);

}  // namespace snaptrail::reconcilers::preflight
