#pragma once

#include <string>

#include "informers/intake.hpp"
#include "informers/watch_fsm.hpp"

/// What is asked of the API server, as paths with queries, percent-encoded, below the server's base path.
namespace snaptrail::informers {

std::string request_path(const Target& target, const command::ListPage& list);
/// The question concerns the resource, not the objects: it leaves the field selector out, with which a server might have to
/// look through all objects to find one.
std::string request_path(const Target& target, const command::Check& check);
std::string request_path(const Target& target, const command::Watch& watch);

}  // namespace snaptrail::informers
