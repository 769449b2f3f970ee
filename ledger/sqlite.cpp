#include "ledger/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "ledger/ledger.hpp"

namespace snaptrail::ledger {
namespace {

// How long a statement waits for the short locks of other connections (recovery, a checkpoint, a shell).
constexpr int kBusyMillis = 5'000;

// A path as the part of a URI that SQLite reads; '?' and '#' would end it, '%' would begin an escape.
std::string uri_of(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

struct Meaning {
  Errc code;
  std::string_view what;
  std::string_view to_do;
};

Meaning meaning_of(int code, int system_errno) {
  switch (code & 0xff) {
    case SQLITE_FULL: return {Errc::full, "no space left on the device", "free some space or enlarge the volume"};
    case SQLITE_NOTADB: return {Errc::not_ours, "this is no SQLite database", "choose another file"};
    case SQLITE_CORRUPT:
      return {Errc::corrupt, "the file is damaged",
              "move it and its -wal away for inspection (sqlite3 FILE .recover) and start with a new one or a "
              "backup"};
    case SQLITE_ERROR:  // a table or column that should be there is not
      return {Errc::corrupt, "the file's schema is not as it should be",
              "restore it from a backup, or choose another file"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::locked, "another program holds SQLite's lock on the file",
              "close other programs (a sqlite3 shell?) that write to it"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {Errc::io, "the file or its directory can't be written",
              "check the permissions and that the volume is not mounted read-only"};
    case SQLITE_INTERRUPT:
      return {Errc::timed_out, "the query took too long",
              "ask for less (a namespace, a shorter time), or look why the disk is slow"};
    case SQLITE_CANTOPEN:
      return {Errc::io, "the file or one beside it (-wal, -shm) can't be opened",
              "check the path and the permissions of the file and its directory"};
    default:
      if (system_errno == EDQUOT || system_errno == ENOSPC) {
        return {Errc::full, "no space left for this user", "free some space or raise the quota"};
      }
      return {Errc::io, "the disk or file system fails", "check the volume and the kernel's log"};
  }
}

}  // namespace

Database::Database(std::filesystem::path file, Access access) : file_(std::move(file)) {
  const int flags = access == Access::ReadWrite  ? SQLITE_OPEN_READWRITE
                    : access == Access::ReadOnly ? SQLITE_OPEN_READONLY
                                                 : SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  const auto name = access == Access::Immutable ? uri_of(file_) : file_.string();
  const int code = sqlite3_open_v2(name.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (code != SQLITE_OK) fail(code, "opening it");
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, kBusyMillis);
    // The file may come from a stranger: its schema may do nothing but hold data.
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    if (access != Access::ReadWrite) sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  } catch (...) {
    sqlite3_close_v2(db_);
    throw;
  }
}

Database::~Database() { sqlite3_close_v2(db_); }

void Database::exec(const char* sql) const {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, fmt::format("running {}", std::string_view(sql).substr(0, 60)));
}

std::int64_t Database::number(std::string_view sql) const {
  Statement statement(*this, sql);
  return statement.step() ? statement.read_integer() : 0;
}

std::string Database::text(std::string_view sql) const {
  Statement statement(*this, sql);
  return statement.step() ? statement.read_text() : std::string();
}

bool Database::moved() const {
  int moved = 0;
  return sqlite3_file_control(db_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

void Database::interrupt_when(std::function<bool()> expired) {
  // About a millisecond apart on a machine of today.
  constexpr int kSteps = 4'000;
  expired_ = std::move(expired);
  const auto ask = [](void* self) { return static_cast<const Database*>(self)->expired_() ? 1 : 0; };
  sqlite3_progress_handler(db_, expired_ ? kSteps : 0, ask, this);
}

void Database::fail(int code, std::string_view doing) const {
  const int system_errno = db_ != nullptr ? sqlite3_system_errno(db_) : 0;
  const auto meaning = meaning_of(code, system_errno);
  const bool system_tells = system_errno != 0 && (meaning.code == Errc::io || meaning.code == Errc::full);
  throw Error(meaning.code, fmt::format("ledger {}: {} (SQLite: {}, code {}{}), while {}: {}", file_.string(),
                                        meaning.what, db_ != nullptr ? sqlite3_errmsg(db_) : sqlite3_errstr(code), code,
                                        system_tells ? fmt::format("; system: {}", std::strerror(system_errno)) : "",
                                        doing, meaning.to_do));
}

Statement::Statement(const Database& db, std::string_view sql) : db_(db) {
  const int code = sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement_, nullptr);
  if (code != SQLITE_OK) db.fail(code, "reading its schema");
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::check(int code) {
  if (code != SQLITE_OK) db_.fail(code, "binding a value");
}

Statement& Statement::integer(std::int64_t value) {
  check(sqlite3_bind_int64(statement_, ++parameter_, value));
  return *this;
}

Statement& Statement::null() {
  check(sqlite3_bind_null(statement_, ++parameter_));
  return *this;
}

Statement& Statement::text(std::string_view value) {
  // A null pointer would bind NULL.
  const char* data = value.data() != nullptr ? value.data() : "";
  check(sqlite3_bind_text64(statement_, ++parameter_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }

Statement& Statement::uid(const objects::Uid& value) {
  check(sqlite3_bind_blob(statement_, ++parameter_, value.bytes().data(), 16, SQLITE_STATIC));
  return *this;
}

Statement& Statement::uid_or_null(const objects::Uid& value) { return value ? uid(value) : null(); }

Statement& Statement::uid_text(std::string_view value) {
  // Only what str() gives back byte by byte may be shortened.
  if (value.size() == 36 && value.find_first_of("ABCDEF") == std::string_view::npos) {
    if (const auto parsed = objects::Uid::parse(value); parsed && *parsed) {
      check(sqlite3_bind_blob(statement_, ++parameter_, parsed->bytes().data(), 16, SQLITE_TRANSIENT));
      return *this;
    }
  }
  return text_or_null(value);
}

Statement& Statement::instant(objects::Instant value) { return integer(value.time_since_epoch().count()); }

Statement& Statement::instant_or_null(objects::MaybeInstant value) { return value ? instant(*value) : null(); }

bool Statement::step() {
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  reset();
  if (code == SQLITE_DONE) return false;
  db_.fail(code, sqlite3_stmt_readonly(statement_) != 0 ? "reading" : "writing");
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() noexcept {
  sqlite3_reset(statement_);
  parameter_ = 0;
  column_ = 0;
}

bool Statement::is_null() const { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }

std::int64_t Statement::read_integer() { return sqlite3_column_int64(statement_, column_++); }

std::string Statement::read_text() {
  // For a BLOB or TEXT this is the bytes as they were bound; the pointer is null for NULL.
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column_));
  const int size = sqlite3_column_bytes(statement_, column_++);
  return data != nullptr ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

objects::Uid Statement::read_uid() {
  std::array<std::uint8_t, 16> bytes{};
  const void* data = sqlite3_column_blob(statement_, column_);
  if (sqlite3_column_bytes(statement_, column_++) == 16) std::memcpy(bytes.data(), data, 16);
  return objects::Uid::from_bytes(bytes);
}

std::string Statement::read_uid_text() {
  return sqlite3_column_type(statement_, column_) == SQLITE_BLOB ? read_uid().str() : read_text();
}

objects::Instant Statement::read_instant() { return objects::Instant(objects::Millis(read_integer())); }

objects::MaybeInstant Statement::read_instant_or_null() {
  if (is_null()) {
    skip();
    return {};
  }
  return read_instant();
}

Transaction::Transaction(const Database& db) : db_(db) { db.exec("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  // A failed statement may have rolled back by itself; a failing rollback leaves nothing to do but the next try.
  if (sqlite3_get_autocommit(db_.handle()) == 0) sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() { db_.exec("COMMIT"); }

}  // namespace snaptrail::ledger
