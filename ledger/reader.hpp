#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>

#include "ledger/ledger.hpp"

namespace snaptrail::ledger {

struct ReaderOptions {
  std::chrono::milliseconds deadline{10'000};  ///< of one query, from ask() on
  std::size_t max_waiting = 16;                ///< queries that wait or run; more are refused
};

/// Reads a ledger's file on a thread of its own, so that a slow disk holds up nobody but those who ask: one query after
/// the other, on one read-only connection that is opened with the first query and anew after a failure.
///
/// ask() may be called from any thread; not while or after stop().
class Reader {
 public:
  /// Runs on the reader's thread. May throw.
  using Query = std::function<void(const Ledger& ledger)>;
  /// Told on the reader's thread, once: null, or what went wrong (an Error where the ledger did, with Errc::timed_out past the
  /// deadline and at stop()). May not throw.
  using Done = std::function<void(std::exception_ptr failure)>;

  explicit Reader(std::filesystem::path file, ReaderOptions options = {});
  /// As stop().
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// False where max_waiting queries are in flight: then neither is called.
  [[nodiscard]] bool ask(Query query, Done done);

  /// Cuts the query under way short, ends those that wait, and the thread.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::ledger
