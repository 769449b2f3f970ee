#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "cmd/snaptrail/table.hpp"
#include "reconcilers/preflight/check.hpp"

/// How a preflight's answers are printed. Pure.
namespace snaptrail::cmd {

/// As -o json and ndjson have it (docs/doctor.md).
boost::json::object check_json(const reconcilers::preflight::Check& check);

/// The columns of the table, and a check's line in it.
std::vector<Column> check_columns();
Line check_line(const reconcilers::preflight::Check& check);

/// Evidence and fix, below the table; `all`: also of what is fine or was skipped.
std::vector<std::string> check_details(const reconcilers::preflight::Check& check, bool all);

/// `2 problems, 1 warning, 3 unknown, 12 ok, 1 skipped`; what there is none of is left out.
std::string summary_of(const std::vector<reconcilers::preflight::Check>& checks);

}  // namespace snaptrail::cmd
