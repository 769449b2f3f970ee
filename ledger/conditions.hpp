#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/sqlite.hpp"

/// What the queries of rows and of records have in common.
namespace snaptrail::ledger {

/// More than any ledger holds; SQL's integers end before size_t does.
inline constexpr std::size_t kEndless = 1'000'000'000'000;

/// WHERE's conditions with the values of their parameters. In a condition, `$` stands for its value's parameter.
class Conditions {
 public:
  void text(std::string_view condition, std::string value) { add(condition, {Kind::Text, std::move(value)}); }
  void uid(std::string_view condition, std::string value) { add(condition, {Kind::Uid, std::move(value)}); }
  void plain(std::string_view condition) { sql_ += fmt::format(" AND {}", condition); }

  const std::string& sql() const { return sql_; }
  void bind(Statement& statement) const {
    for (const auto& [kind, value] : values_) {
      if (kind == Kind::Uid) {
        statement.uid_text(value);
      } else {
        statement.text(value);
      }
    }
  }

 private:
  enum class Kind { Text, Uid };

  void add(std::string_view condition, std::pair<Kind, std::string> value) {
    values_.push_back(std::move(value));
    std::string sql;
    for (const char c : condition) sql += c == '$' ? fmt::format("?{}", values_.size()) : std::string(1, c);
    plain(sql);
  }

  std::string sql_ = "1";
  std::vector<std::pair<Kind, std::string>> values_;
};

/// Nothing for an empty text; one that is no UID selects nothing.
inline void add_uid(Conditions& where, std::string_view condition, const std::string& text) {
  if (text.empty()) return;
  if (const auto uid = objects::Uid::parse(text)) {
    where.uid(condition, uid->str());
  } else {
    where.plain("0");
  }
}

/// A moment as the columns have it.
inline std::int64_t millis_of(objects::Instant at) { return at.time_since_epoch().count(); }

/// SQL for at most that many; nothing for 0.
inline std::string limit_of(std::size_t most) {
  return most == 0 || most > kEndless ? std::string() : fmt::format(" LIMIT {}", most);
}

}  // namespace snaptrail::ledger
