#pragma once

#include <string>

#include "ledger/sqlite.hpp"
#include "objects/operation.hpp"
#include "objects/row.hpp"

/// Rows and records to columns and back.
namespace snaptrail::ledger {

/// SELECT's list of columns, in the order that read_row() reads.
const std::string& row_columns();
/// INSERT of one row; parameters as bind_row() binds them.
const std::string& insert_row_sql();
void bind_row(Statement& statement, const objects::Row& row, std::int64_t seq);
/// Throws Error corrupt where a value that decides what the row is can't be understood.
objects::Row read_row(Statement& statement);

const std::string& record_columns();
/// INSERT of one record that replaces one with the same uid and leaves columns alone that it does not know.
const std::string& upsert_record_sql();
void bind_record(Statement& statement, const objects::ObjectRecord& record);
objects::ObjectRecord read_record(Statement& statement);

const std::string& operation_columns();
/// INSERT of one operation that replaces one with the same uid, as upsert_record_sql() does.
const std::string& upsert_operation_sql();
void bind_operation(Statement& statement, const objects::Operation& operation);
objects::Operation read_operation(Statement& statement);

}  // namespace snaptrail::ledger
