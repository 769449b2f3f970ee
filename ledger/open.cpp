#include "ledger/open.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "ledger/ledger.hpp"
#include "ledger/schema.hpp"

namespace snaptrail::ledger {
namespace {

namespace fs = std::filesystem;

void sync_directory(const fs::path& file) {
  const int fd = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // a directory that we may not read can't be synced; SQLite syncs it with the first -wal
  ::fsync(fd);
  ::close(fd);
}

void create(const fs::path& file) {
  // Before SQLite would, to have no moment in which others may read it. SQLite gives -wal and -shm the same mode.
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    throw Error(
        errno == ENOSPC || errno == EDQUOT ? Errc::full : Errc::io,
        fmt::format("ledger {}: can't create it: {}: check the permissions of the directory, its free space and "
                    "that the volume is not mounted read-only",
                    file.string(), std::strerror(errno)));
  }
  ::close(fd);
  sync_directory(file);
}

bool present(const fs::path& file) {
  std::error_code error;
  const bool there = fs::exists(file, error);
  if (error) {
    throw Error(Errc::io, fmt::format("ledger {}: can't look at it: {}: check the permissions of its directory",
                                      file.string(), error.message()));
  }
  return there;
}

void set_durability(const Database& db) {
  if (db.text("PRAGMA journal_mode = WAL") != "wal") {
    throw Error(Errc::io,
                fmt::format("ledger {}: its file system can't do SQLite's write-ahead log (shared memory): put "
                            "the ledger on a local volume, not a network share",
                            db.file().string()));
  }
  // A commit is on the disk when it returns. The log goes back into the file every 32 MiB and keeps no more than 64.
  db.exec("PRAGMA synchronous = FULL; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY");
  db.number("PRAGMA wal_autocheckpoint = 8000");
  db.number("PRAGMA journal_size_limit = 67108864");
}

// What every reader checks; false if nothing is in the file yet.
bool check(const Database& db) {
  const auto versions = read_versions(db);
  check_readable(db, versions, migrations());
  if (versions.schema != 0 && versions.schema < migrations().back().version) {
    throw Error(Errc::io, fmt::format("ledger {}: of schema version {}, this program reads from {} on: let the daemon "
                                      "open it once, that brings it up to date",
                                      db.file().string(), versions.schema, migrations().back().version));
  }
  return versions.schema != 0;
}

std::unique_ptr<Database> open_and_check(const fs::path& file, Access access) {
  auto db = std::make_unique<Database>(file, access);
  if (!check(*db)) {
    throw Error(Errc::not_ours, fmt::format("ledger {}: nothing has been written to it yet: choose another file or "
                                            "start the daemon with it",
                                            file.string()));
  }
  return db;
}

}  // namespace

fs::path resolve(const fs::path& path) {
  std::error_code error;
  const auto file = fs::weakly_canonical(fs::absolute(path), error);
  const auto& named = error ? path : file;
  if (error) {
    throw Error(Errc::io, fmt::format("ledger {}: can't resolve the path: {}: check it and the permissions of its "
                                      "directories",
                                      named.string(), error.message()));
  }
  if (fs::is_directory(file, error)) {
    throw Error(Errc::not_ours, fmt::format("ledger {}: this is a directory: name a file, for example {}",
                                            file.string(), (file / "ledger.db").string()));
  }
  if (!fs::is_directory(file.parent_path(), error)) {
    throw Error(Errc::io, fmt::format("ledger {}: the directory {} does not exist: create it, or mount the volume",
                                      file.string(), file.parent_path().string()));
  }
  return file;
}

std::unique_ptr<Database> open_for_writing(const fs::path& file) {
  if (!present(file)) create(file);
  auto db = std::make_unique<Database>(file, Access::ReadWrite);
  // Whose file it is comes first: nothing may be changed in another program's.
  check_readable(*db, read_versions(*db), migrations());
  set_durability(*db);
  migrate(*db, migrations());
  return db;
}

std::unique_ptr<Database> open_for_reading(const fs::path& file) {
  if (!present(file)) {
    throw Error(Errc::io, fmt::format("ledger {}: there is no such file: check the path", file.string()));
  }
  try {
    return open_and_check(file, Access::ReadOnly);
  } catch (const Error& error) {
    // In a directory where nothing can be created, WAL's -shm is out of reach. Without a -wal everything is in the
    // file itself and nobody is writing it, since a writer would have one.
    const auto wal = fs::path(file.string() + "-wal");
    std::error_code ignored;
    if (error.code() != Errc::io || ::access(file.c_str(), R_OK) != 0) throw;
    if (!fs::exists(wal, ignored) || fs::file_size(wal, ignored) == 0) return open_and_check(file, Access::Immutable);
    throw Error(Errc::io,
                fmt::format("{}; the newest rows are in {}: copy both files to a directory where you may write",
                            error.what(), wal.string()));
  }
}

}  // namespace snaptrail::ledger
