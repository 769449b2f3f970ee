#pragma once

#include <functional>

#include "ledger/ledger.hpp"
#include "ledger/sqlite.hpp"

namespace snaptrail::ledger {

/// Runs the query as ledger.hpp describes it; rows by rising seq, from one snapshot of the database.
void select_rows(const Database& db, const Query& query, const std::function<void(const objects::Row&)>& visit);

}  // namespace snaptrail::ledger
