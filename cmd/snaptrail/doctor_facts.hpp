#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

#include "cmd/snaptrail/api_client.hpp"
#include "reconcilers/preflight/facts.hpp"

/// Gathers what a preflight looks at.
namespace snaptrail::cmd {

/// What the API server tells about the cluster, on one connection: discovery, lists, and one access review for each right.
/// Nothing is written, and no Secret is read. What is refused or missing is noted in the facts. Throws Failure(kServer)
/// where the server can't be reached or doesn't know who asks.
reconcilers::preflight::Facts gather_facts(BlockingConnection& server, objects::Instant now);

/// What a daemon tells: findings to be mended, and the gaps since `since`. Throws Failure.
reconcilers::preflight::DaemonFacts ask_daemon(ApiClient& daemon, objects::Instant since);

// How the server's answers are read: documents as it sends them, odd ones as if the odd parts were absent. Pure.

/// The versions of a group in discovery's `/apis`, or Sight::Absent.
reconcilers::preflight::ApiGroup api_group_in(const boost::json::object& groups, std::string_view name);
/// The plurals in discovery's `/apis/GROUP/VERSION`, without subresources.
void read_plurals(const boost::json::object& resources, reconcilers::preflight::ApiGroup& group);
reconcilers::preflight::Crd crd_in(const boost::json::object& crd);
/// The Secrets that a list of VolumeSnapshotClasses names, by name or by namespace or both.
std::vector<reconcilers::preflight::ClassSecret> secrets_in(const boost::json::object& classes);
/// The classes that annotations of a list of Backups or Schedules name for Velero.
std::vector<reconcilers::preflight::NamedClass> named_classes_in(const boost::json::object& list,
                                                                 std::string_view kind);

}  // namespace snaptrail::cmd
