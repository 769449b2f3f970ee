#pragma once

#include <string_view>

#include "objects/types.hpp"
#include "reconcilers/cluster_view.hpp"

/// Which Backup of Velero something belongs to. Its mark is a name alone, and several installations may have Backups of one name.
namespace snaptrail::reconcilers {

/// By so much the clocks of Velero, the API server and a backend may differ.
inline constexpr objects::Millis kClocksDiffer{60'000};

/// What is known of the Backup that something belongs to; empty where unknown.
struct BackupMark {
  std::string_view name;
  std::string_view velero_ns;   ///< the Backup's own namespace; copies of data are in the same
  std::string_view claim_ns;    ///< of the claim that it took
  objects::MaybeInstant taken;  ///< while it was under way
};

/// Whether a Backup may be the one.
bool may_be(const objects::Backup& backup, const BackupMark& mark);

/// Whether a Backup that isn't selective takes the claims of that namespace.
bool takes_namespace(const objects::Backup& backup, const objects::Symbol& ns);

/// Whether some names of namespaces are patterns, which newer Veleros take too; what they match isn't ours to tell.
bool has_patterns(const objects::Backup& backup);

/// Whether Velero is removing a Backup: it says so, or somebody asked for it.
bool is_being_deleted(const objects::Backup& backup, const ClusterView& cluster);

}  // namespace snaptrail::reconcilers
