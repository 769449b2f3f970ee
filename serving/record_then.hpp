#pragma once

#include "ledger/ledger.hpp"
#include "objects/row.hpp"

namespace snaptrail::serving {

/// A record that was selected as of a moment (ledger::RecordQuery::at), with all that its rows tell of it up to then: readyToUse, error,
/// outcome, handles. What no row tells of stays as it is known by now. Throws ledger::Error.
objects::ObjectRecord record_then(const ledger::Ledger& ledger, objects::ObjectRecord record, objects::Instant at);

}  // namespace snaptrail::serving
