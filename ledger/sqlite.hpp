#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "objects/instant.hpp"
#include "objects/uid.hpp"

struct sqlite3;
struct sqlite3_stmt;

/// SQLite as the ledger uses it: a connection, a prepared statement, a transaction. Every failure is a
/// ledger::Error that names the file. One thread at a time.
namespace snaptrail::ledger {

enum class Access {
  ReadWrite,
  ReadOnly,
  Immutable,  ///< without locks or a look at the -wal: only for a file that nobody can be writing
};

/// One connection to a file that exists.
class Database {
 public:
  Database(std::filesystem::path file, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  sqlite3* handle() const { return db_; }
  const std::filesystem::path& file() const { return file_; }

  /// Runs statements that give no rows.
  void exec(const char* sql) const;
  /// The first column of the first row; 0 without one.
  std::int64_t number(std::string_view sql) const;
  std::string text(std::string_view sql) const;

  /// Whether the file was deleted or replaced under this connection: what is written then is lost.
  bool moved() const;

  /// A statement that runs when `expired` says true ends with Errc::timed_out. Asked every few thousand steps of SQLite's machine.
  void interrupt_when(std::function<bool()> expired);

  /// Throws what the SQLite result code means to a person. `doing` completes "while …".
  [[noreturn]] void fail(int code, std::string_view doing) const;

 private:
  std::filesystem::path file_;
  sqlite3* db_ = nullptr;
  std::function<bool()> expired_;
};

/// A prepared statement. Parameters are bound and columns are read in their order, one call each, so that a list
/// of columns and the code that fills it can stand side by side. Bound texts and UIDs must live until the statement ran.
class Statement {
 public:
  Statement(const Database& db, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& integer(std::int64_t value);
  Statement& null();
  /// The bytes as they are, NUL and invalid UTF-8 included.
  Statement& text(std::string_view value);
  /// As text(), but NULL for an empty one.
  Statement& text_or_null(std::string_view value);
  Statement& uid(const objects::Uid& value);
  Statement& uid_or_null(const objects::Uid& value);
  /// A text that usually is a UID: 16 bytes if it is one in the API's form, else as text_or_null().
  Statement& uid_text(std::string_view value);
  Statement& instant(objects::Instant value);
  Statement& instant_or_null(objects::MaybeInstant value);

  /// Runs to the next row: false at the end (then it is reset, and parameters are bound anew).
  bool step();
  /// Runs a statement that gives no rows.
  void run();
  void reset() noexcept;

  bool is_null() const;  ///< whether the next column to be read is NULL
  void skip() { ++column_; }
  std::int64_t read_integer();
  std::string read_text();  ///< empty for NULL
  objects::Uid read_uid();  ///< none for NULL
  std::string read_uid_text();
  objects::Instant read_instant();
  objects::MaybeInstant read_instant_or_null();

 private:
  void check(int code);

  const Database& db_;
  sqlite3_stmt* statement_ = nullptr;
  int parameter_ = 0;
  int column_ = 0;
};

/// Begins at once with the write lock; rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(const Database& db);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  const Database& db_;
};

/// Resets a statement at the end of a scope, also when a visitor throws.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

}  // namespace snaptrail::ledger
