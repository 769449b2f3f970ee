#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/pipeline.hpp"
#include "controller/scope.hpp"
#include "informers/informer_set.hpp"
#include "kube/cluster_config.hpp"
#include "ledger/ledger.hpp"

namespace snaptrail::controller {

/// Where a stream resumes: what this run knows of it, else what the ledger does. A namespace that is followed by itself for the first
/// time resumes where the whole cluster was followed, if it was.
std::optional<informers::Position> resume_point(const informers::Target& stream, const Pipeline& pipeline,
                                                const std::vector<ledger::Position>& recorded);

/// Runs the reflectors of what a pipeline's scope follows, and starts and ends some as the scope changes. One strand, the pipeline's,
/// which must outlive it.
class Follower {
 public:
  /// `recorded`: the ledger's positions at the start.
  Follower(const boost::asio::any_io_executor& executor, std::shared_ptr<const kube::ClusterConfig> config,
           Pipeline& pipeline, std::vector<informers::Target> resources, std::vector<ledger::Position> recorded,
           std::uint64_t seed, informers::ReflectorOptions options);

  /// As InformerSet's.
  boost::asio::awaitable<void> run() { return set_->run(); }
  void stop() { set_->stop(); }
  std::map<std::string, informers::StreamTraffic> traffic() const { return set_->traffic(); }

  /// Other namespaces are followed from now on. What is of no namespace and refers to one is listed anew for those that came:
  /// a window of its own (cause restarted), since the watch up to then left their objects out.
  void scope_changed(const Scope::Change& change);

 private:
  void follow(const informers::Target& stream);

  Pipeline& pipeline_;
  std::vector<informers::Target> resources_;
  std::vector<ledger::Position> recorded_;
  std::unique_ptr<informers::InformerSet> set_;
};

}  // namespace snaptrail::controller
