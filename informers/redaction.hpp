#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace snaptrail::informers {

/// A watch event without what a recording shouldn't carry away from a cluster: the bodies of managedFields (fieldsV1),
/// annotations in metadata whose domain is not on a list of those that tell about storage, snapshots and Velero (so also
/// kubectl.kubernetes.io/last-applied-configuration), and all references to Secrets (members named
/// or ending in secretRef, secretName, secretNamespace; CSI's annotations and parameters …secret-name, …secret-namespace;
/// annotations …/deletion-secret-…). Nothing else changes that a projected object is read from. Nullopt if
/// `event` is no JSON object. Builds a DOM: not for the fast path.
std::optional<std::string> redact(std::string_view event);

/// The same event as it is, on one line. Nullopt if `event` is no JSON object.
std::optional<std::string> on_one_line(std::string_view event);

}  // namespace snaptrail::informers
