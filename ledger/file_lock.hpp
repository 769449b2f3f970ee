#pragma once

#include <filesystem>

namespace snaptrail::ledger {

/// The advisory lock of the one writer of a ledger: `<file>.lock`, held by flock(2) and so gone with the process
/// however it ends. Its text names the holder; the file stays (removing it would let two writers hold two of them).
class FileLock {
 public:
  /// Takes the lock of `file` or throws Error: locked, naming the holder, or io.
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace snaptrail::ledger
