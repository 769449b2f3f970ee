#pragma once

#include <string_view>

#include "informers/decoder.hpp"
#include "kube/error.hpp"
#include "objects/row.hpp"

/// What single facts of the list/watch protocol mean, for WatchFsm.
namespace snaptrail::informers {

/// False for versions that say nothing: none, and "0", which in a request means "any, however old".
bool is_version(std::string_view resource_version);

/// Whether a stream whose last version was `last` may have come as far as `next`: not where that is older or the same, nor where
/// only `next` is malformed (KEP-5504), which no server does that counts.
bool may_follow(std::string_view next, std::string_view last);

/// A failure that says nothing about our place in the stream: the same request may work later, and asking for a list
/// instead would make an overloaded server's work heavier.
bool is_passing(kube::Errc code);

/// The target can't be seen: its CRD is absent, or RBAC refuses.
bool is_unavailable(kube::Errc code);

/// An ERROR event that says that the history we asked for was compacted: code 410, reason Expired (Gone up to Kubernetes 1.17).
bool is_expired(const WatchError& error);

/// The reason of the error that stands for an event that we could not read, and so ended the stream.
inline constexpr std::string_view kUnreadable = "Unreadable";

/// An ERROR event of a server in trouble of its own. Not each 500 is one: StorageReadError (a corrupt object, deleted by
/// force, so that no DELETED will ever come) asks for a list.
bool is_internal(const WatchError& error);

/// No list has so many pages: a server that sends tokens for ever.
inline constexpr unsigned kMaxPages = 100'000;

/// How much a cause tells: a gap that has several is named after the strongest.
int strength(objects::GapCause cause);

}  // namespace snaptrail::informers
