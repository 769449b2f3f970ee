#include "fault_vfs.hpp"

#include <sqlite3.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "support.hpp"

namespace snaptrail::ledger::test {
namespace {

struct State {
  std::mutex mutex;
  std::int64_t operations = 0;
  std::int64_t fail_at = 0;
  int code = SQLITE_OK;
  bool lasting = false;
  bool failed = false;
  std::map<std::string, std::string> durable;  // what each file held at its last sync
};

State& state() {
  static State the_state;
  return the_state;
}

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs shim;

struct File {
  sqlite3_file base;
  const char* name;  // SQLite keeps it as long as the file is open
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* own(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return own(file)->real(); }

// Whether this operation fails, and how.
int judge() {
  auto& now = state();
  const std::lock_guard lock(now.mutex);
  ++now.operations;
  const bool fails =
      now.fail_at > 0 && (now.operations == now.fail_at || (now.lasting && now.operations > now.fail_at));
  if (fails) now.failed = true;
  return fails ? now.code : SQLITE_OK;
}

int on_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const int code = judge();
  if (code == SQLITE_OK) return real(file)->pMethods->xWrite(real(file), data, size, offset);
  // A full or failing disk may have taken a part of it.
  if (size > 1) real(file)->pMethods->xWrite(real(file), data, size / 2, offset);
  return code;
}

int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = judge();
  return code == SQLITE_OK ? real(file)->pMethods->xTruncate(real(file), size) : code;
}

int on_sync(sqlite3_file* file, int) {
  const int code = judge();
  if (code != SQLITE_OK || own(file)->name == nullptr) return code;
  sqlite3_int64 size = 0;
  real(file)->pMethods->xFileSize(real(file), &size);
  // Through SQLite's own descriptor: closing another one would drop its locks.
  std::string content(static_cast<std::size_t>(size), '\0');
  if (size > 0) real(file)->pMethods->xRead(real(file), content.data(), static_cast<int>(size), 0);
  const std::lock_guard lock(state().mutex);
  state().durable[own(file)->name] = std::move(content);
  return SQLITE_OK;
}

int on_close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
int on_read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), data, size, offset);
}
int on_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int on_lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int on_unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int on_reserved(sqlite3_file* file, int* out) { return real(file)->pMethods->xCheckReservedLock(real(file), out); }
int on_control(sqlite3_file* file, int op, void* arg) {
  return real(file)->pMethods->xFileControl(real(file), op, arg);
}
int on_sector(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int on_device(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int on_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int on_shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}
void on_shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int on_shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

const sqlite3_io_methods& methods() {
  static const sqlite3_io_methods all = [] {
    sqlite3_io_methods made{};
    made.iVersion = 2;
    made.xClose = on_close;
    made.xRead = on_read;
    made.xWrite = on_write;
    made.xTruncate = on_truncate;
    made.xSync = on_sync;
    made.xFileSize = on_size;
    made.xLock = on_lock;
    made.xUnlock = on_unlock;
    made.xCheckReservedLock = on_reserved;
    made.xFileControl = on_control;
    made.xSectorSize = on_sector;
    made.xDeviceCharacteristics = on_device;
    made.xShmMap = on_shm_map;
    made.xShmLock = on_shm_lock;
    made.xShmBarrier = on_shm_barrier;
    made.xShmUnmap = on_shm_unmap;
    return made;
  }();
  return all;
}

int on_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  own(file)->base.pMethods = nullptr;
  own(file)->name = name;
  const int code = real_vfs->xOpen(real_vfs, name, real(file), flags, out_flags);
  if (real(file)->pMethods != nullptr) own(file)->base.pMethods = &methods();
  return code;
}

}  // namespace

FaultVfs::FaultVfs() {
  real_vfs = sqlite3_vfs_find(nullptr);
  shim = *real_vfs;  // the methods that take a vfs reach the real one's data through the copy
  shim.zName = "snaptrail-fault";
  shim.pNext = nullptr;
  shim.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  shim.xOpen = on_open;
  sqlite3_vfs_register(&shim, 1);
  work();
  state().durable.clear();
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&shim);
  sqlite3_vfs_register(real_vfs, 1);
}

void FaultVfs::fail(std::int64_t nth, int code, bool lasting) {
  const std::lock_guard lock(state().mutex);
  state().operations = 0;
  state().fail_at = nth;
  state().code = code;
  state().lasting = lasting;
  state().failed = false;
}

void FaultVfs::work() { fail(0, SQLITE_OK, false); }

std::int64_t FaultVfs::operations() const {
  const std::lock_guard lock(state().mutex);
  return state().operations;
}

bool FaultVfs::failed() const {
  const std::lock_guard lock(state().mutex);
  return state().failed;
}

void FaultVfs::lose_unsynced(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) files.push_back(entry.path());
  for (const auto& file : files) {
    if (file.extension() == ".lock") continue;
    const auto durable = state().durable.find(file.string());
    if (durable != state().durable.end()) {
      write_file(file, durable->second);
    } else if (file.string().ends_with("-wal") || file.string().ends_with("-shm")) {
      std::filesystem::remove(file);
    } else {
      write_file(file, "");
    }
  }
}

}  // namespace snaptrail::ledger::test
