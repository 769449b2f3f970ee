#pragma once

#include <CLI/App.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "ledger/ledger.hpp"

namespace snaptrail::cmd {

/// Where `status` and `timeline` ask: a running daemon or a ledger file.
struct SourceOptions {
  std::string ledger;                            ///< --ledger FILE
  std::string daemon = "http://127.0.0.1:8080";  ///< --daemon URL
};

void add_source_options(CLI::App& command, SourceOptions& options);

/// The state of every object that has not ended. Throws Failure.
void for_each_status(const SourceOptions& source, const std::function<void(const boost::json::object&)>& visit);

/// The rows that a query selects, oldest first. Throws Failure.
void for_each_row(const SourceOptions& source, const ledger::Query& query,
                  const std::function<void(const objects::Row&)>& visit);

/// The row that a line of the API stands for; fields that are missing or odd keep their defaults.
objects::Row row_from_json(const boost::json::object& json);

}  // namespace snaptrail::cmd
