#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/sqlite.hpp"

namespace snaptrail::ledger {

/// Runs the query as ledger.hpp describes it; rows by rising seq, from one snapshot of the database.
void select_rows(const Database& db, const Query& query, const std::function<void(const objects::Row&)>& visit);

/// Runs the query as Ledger::for_each_record() describes it.
void select_records(const Database& db, const RecordQuery& query,
                    const std::function<void(const objects::ObjectRecord&, std::int64_t position)>& visit);

/// As Ledger::page_of_records() and Ledger::group_records().
std::size_t select_page(const Database& db, const RecordQuery& query,
                        const std::function<void(const objects::ObjectRecord&)>& visit);
std::vector<RecordGroup> group_records(const Database& db, const RecordQuery& query);

/// As Ledger::for_each_open_finding() and Ledger::count_open_findings().
void select_findings(const Database& db, const FindingQuery& query,
                     const std::function<void(const objects::Row&)>& visit);
std::map<std::string, std::uint64_t> count_findings(const Database& db, const FindingQuery& query);
/// As Ledger::ready_times() and Ledger::last_gap().
std::unordered_map<objects::Uid, objects::Instant> select_ready_times(const Database& db, objects::Kind kind);
objects::MaybeInstant select_last_gap(const Database& db, std::string_view resource, objects::Millis least,
                                      objects::Instant until);
void select_operations(const Database& db, const OperationQuery& query,
                       const std::function<void(const objects::Operation&)>& visit);

}  // namespace snaptrail::ledger
