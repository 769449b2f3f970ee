#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

namespace snaptrail::ledger::test {

/// SQLite's file system with a disk that can fail. While one lives, it is the default for connections opened then. It does not
/// sync for real, but remembers what each sync made durable.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  /// From now on, the `nth` write, sync or truncate (1: the next one) gives `code`; if `lasting`, so do all after it.
  void fail(std::int64_t nth, int code, bool lasting);
  void work();
  /// Writes, syncs and truncates since fail() or work().
  std::int64_t operations() const;
  bool failed() const;

  /// As if the power had been cut: every file in `directory` is as its last sync left it, or as good as never written.
  /// No connection may be open.
  void lose_unsynced(const std::filesystem::path& directory);
};

}  // namespace snaptrail::ledger::test
