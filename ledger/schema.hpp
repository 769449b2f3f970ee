#pragma once

#include <span>

#include "ledger/sqlite.hpp"

namespace snaptrail::ledger {

/// `PRAGMA application_id` of our files: "trai".
inline constexpr std::int64_t kApplicationId = 0x74726169;

/// One step of the schema. Numbers rise by one and are never changed once released.
struct Migration {
  int version;
  /// Whether programs that only know the versions before can't read or write the file any more. A step that only adds
  /// (tables, columns that may be NULL or have a default, indexes) is not breaking; a new value of `rows.type`
  /// or `objects.state` is.
  bool breaking;
  const char* sql;
};

/// All steps of this program, oldest first.
std::span<const Migration> migrations();

/// What a file says of itself.
struct SchemaVersions {
  int schema = 0;      ///< the step that it is at; 0: nothing is in it yet
  int min_reader = 0;  ///< a program must know this one to open it
};

/// Reads the versions; throws Error not_ours for a database of another program.
SchemaVersions read_versions(const Database& db);

/// Throws newer_version if a program that knows `steps` can't use such a file.
void check_readable(const Database& db, const SchemaVersions& versions, std::span<const Migration> steps);

/// Applies the steps that the file has not seen, each in a transaction of its own. Throws Error; the file is then
/// at the last step that succeeded.
void migrate(const Database& db, std::span<const Migration> steps);

}  // namespace snaptrail::ledger
