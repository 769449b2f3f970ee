#pragma once

#include <CLI/App.hpp>

#include "kube/connection_overrides.hpp"

namespace snaptrail::cmd {

/// Adds kubectl's connection flags to a command: --server, --token, --as and so on, as `kubectl options` names them. Left
/// to the command: --kubeconfig, --context and --namespace; left out: --username, --password, --request-timeout.
/// `overrides` must outlive the parse.
void add_connection_flags(CLI::App& command, kube::ConnectionOverrides& overrides);

}  // namespace snaptrail::cmd
