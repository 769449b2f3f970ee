#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/sqlite.hpp"
#include "objects/row.hpp"

/// What the codecs of rows and records share.
namespace snaptrail::ledger::codec {

/// INSERT into `table`, with a parameter for each of the comma-separated `columns`.
std::string insert_sql(std::string_view table, std::string_view columns);

/// The same, and an UPDATE of all the others where the first of them, the key, is there. Columns that it does not name stay.
std::string upsert_sql(std::string_view table, std::string_view columns);

std::string_view ready_text(objects::Ready ready);
objects::Ready ready_of(std::string_view text);

/// kind_of() is overloaded, so it can't be passed as it is.
inline std::optional<objects::Kind> kind_named(std::string_view name) { return objects::kind_of(name); }

[[noreturn]] void throw_unknown(std::string_view what, std::string_view text);

/// A value that decides what the thing is: one that this program does not know is an error.
template <class Value>
Value known(std::optional<Value> value, std::string_view what, std::string_view text) {
  if (!value) throw_unknown(what, text);
  return *value;
}

/// An enumeration of a column that may be NULL: absent if NULL or unknown.
template <class Of>
auto optional_enum(Statement& s, Of of) -> decltype(of(std::string_view())) {
  if (s.is_null()) {
    s.skip();
    return std::nullopt;
  }
  return of(s.read_text());
}

template <class Enum>
void bind_enum(Statement& s, const std::optional<Enum>& value) {
  if (value) {
    s.text(to_string(*value));
  } else {
    s.null();
  }
}

void bind_initiator(Statement& s, const std::optional<objects::Initiator>& initiator);
std::optional<objects::Initiator> read_initiator(Statement& s);

}  // namespace snaptrail::ledger::codec
