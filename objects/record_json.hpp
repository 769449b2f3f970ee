#pragma once

#include <string>

#include "objects/row.hpp"

namespace snaptrail::objects {

/// What the ledger knows of one object, as one JSON object without a newline: `kind`, `namespace`, `name`, `uid`,
/// `state`, `readyToUse`, `since`, `firstSeen`, `driver`, `deletionPolicy`, `snapshotHandle`, `volumeHandle`, `content`,
/// `chain`, `initiator`, `error`, `outcome`. Every field is always there; what does not apply is null. Strings
/// are cleaned as in to_json(const Row&), so the text is valid JSON whatever the cluster's strings hold.
std::string to_json(const ObjectRecord& record);

}  // namespace snaptrail::objects
