#pragma once

#include <string>
#include <string_view>

#include "informers/intake.hpp"
#include "informers/watch_fsm.hpp"

/// What is asked of the API server, as paths with queries, percent-encoded, below the server's base path.
namespace snaptrail::informers {

/// `version`: of the resource's API; empty: the one that is asked for first.
///
/// A polled target is listed from the server's cache, whatever its age (resourceVersion 0), so that the list costs etcd nothing.
std::string request_path(const Target& target, const command::ListPage& list, std::string_view version = {});
/// The question concerns the resource, not the objects: it leaves the selectors out, with which a server might have to
/// look through all objects to find one.
std::string request_path(const Target& target, const command::Check& check, std::string_view version = {});
/// Its three parameters are one set: without resourceVersionMatch the server refuses, without bookmarks it never says where the
/// objects end.
std::string request_path(const Target& target, const command::StreamList& list, std::string_view version = {});
std::string request_path(const Target& target, const command::Watch& watch, std::string_view version = {});

}  // namespace snaptrail::informers
