#pragma once

#include <CLI/App.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "cmd/snaptrail/api_client.hpp"
#include "cmd/snaptrail/connection.hpp"
#include "objects/row.hpp"

namespace snaptrail::cmd {

/// Whom a command asks: a ledger's file, a daemon at a URL, or the daemon in the kubeconfig's cluster (and without any
/// kubeconfig the one on this machine).
struct SourceOptions {
  std::string ledger;            ///< --ledger FILE
  std::string daemon;            ///< --daemon URL
  std::string daemon_namespace;  ///< --daemon-namespace
  std::string daemon_service;    ///< --daemon-service
  ConnectionOptions connection;
};

/// Adds the flags of SourceOptions to a command.
void add_source_options(CLI::App& command, SourceOptions& options);

/// Only those that say which daemon is asked; for a command that asks no ledger.
void add_daemon_options(CLI::App& command, SourceOptions& options);

/// Finds who is to be asked. Throws Failure.
std::unique_ptr<ApiClient> open_source(const SourceOptions& options);

/// The row that an item of the timeline stands for; fields that are missing or odd keep their defaults.
objects::Row row_from_json(const boost::json::object& json);

}  // namespace snaptrail::cmd
