#pragma once

#include <filesystem>
#include <memory>

#include "ledger/sqlite.hpp"

namespace snaptrail::ledger {

/// The file's one name, so that two ways to it meet at the same lock. Throws Error if no file can be there: it is a
/// directory, or its directory does not exist.
std::filesystem::path resolve(const std::filesystem::path& path);

/// Opens for the one writer (who holds the lock): creates the file (0600), migrates it, sets WAL and synchronous=FULL.
std::unique_ptr<Database> open_for_writing(const std::filesystem::path& file);

/// Opens beside a writer, or a copy, also in a directory where nothing can be written.
std::unique_ptr<Database> open_for_reading(const std::filesystem::path& file);

}  // namespace snaptrail::ledger
