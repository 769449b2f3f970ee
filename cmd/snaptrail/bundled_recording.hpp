#pragma once

#include <string_view>

namespace snaptrail::cmd {

/// The recording that `demo` plays: a real Velero backup, the loss of the namespace, and the restore
/// (test/data/recordings/velero-backup-restore.ndjson), part of the binary.
std::string_view bundled_recording();

}  // namespace snaptrail::cmd
