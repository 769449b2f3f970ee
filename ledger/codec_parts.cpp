#include "ledger/codec_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/ledger.hpp"
#include "objects/utf8.hpp"

namespace snaptrail::ledger::codec {

std::string insert_sql(std::string_view table, std::string_view columns) {
  std::string sql = fmt::format("INSERT INTO {} ({}) VALUES (?", table, columns);
  for (auto more = std::ranges::count(columns, ','); more > 0; --more) sql += ", ?";
  return sql + ")";
}

std::string upsert_sql(std::string_view table, std::string_view columns) {
  const auto key = columns.substr(0, columns.find(", "));
  std::string sql = fmt::format("{} ON CONFLICT ({}) DO UPDATE SET ", insert_sql(table, columns), key);
  std::string_view separator;
  for (auto rest = columns.substr(key.size() + 2); !rest.empty();) {
    const auto column = rest.substr(0, rest.find(", "));
    sql += fmt::format("{0}{1} = excluded.{1}", separator, column);
    separator = ", ";
    rest.remove_prefix(std::min(rest.size(), column.size() + 2));
  }
  return sql;
}

std::string_view ready_text(objects::Ready ready) {
  switch (ready) {
    case objects::Ready::True: return "true";
    case objects::Ready::False: return "false";
    case objects::Ready::Nil: break;
  }
  return "nil";
}

objects::Ready ready_of(std::string_view text) {
  return text == "true" ? objects::Ready::True : text == "false" ? objects::Ready::False : objects::Ready::Nil;
}

void throw_unknown(std::string_view what, std::string_view text) {
  throw Error(Errc::corrupt, fmt::format("ledger: {} '{}' is unknown to this program: use the snaptrail that wrote "
                                         "the file, or a newer one",
                                         what, objects::to_printable(text.substr(0, 60))));
}

// The type tells whether there is one, so it is never NULL then.
void bind_initiator(Statement& s, const std::optional<objects::Initiator>& initiator) {
  if (!initiator) {
    s.null().null().null();
    return;
  }
  s.text(initiator->type).text_or_null(initiator->backup).text_or_null(initiator->restore);
}

std::optional<objects::Initiator> read_initiator(Statement& s) {
  const bool none = s.is_null();
  objects::Initiator initiator{.type = s.read_text(), .backup = s.read_text(), .restore = s.read_text()};
  return none ? std::nullopt : std::optional(std::move(initiator));
}

}  // namespace snaptrail::ledger::codec
