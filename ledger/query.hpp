#pragma once

#include <functional>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/sqlite.hpp"

namespace snaptrail::ledger {

/// Runs the query as ledger.hpp describes it; rows by rising seq, from one snapshot of the database.
void select_rows(const Database& db, const Query& query, const std::function<void(const objects::Row&)>& visit);

/// Runs the query as Ledger::for_each_record() describes it.
void select_records(const Database& db, const RecordQuery& query,
                    const std::function<void(const objects::ObjectRecord&, std::int64_t position)>& visit);

/// As Ledger::count_records() and Ledger::group_records().
std::size_t count_records(const Database& db, const RecordQuery& query);
std::vector<RecordGroup> group_records(const Database& db, const RecordQuery& query);

}  // namespace snaptrail::ledger
