#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/pipeline.hpp"
#include "controller/scope.hpp"
#include "informers/auditor.hpp"
#include "informers/informer_set.hpp"
#include "kube/cluster_config.hpp"
#include "ledger/ledger.hpp"

namespace snaptrail::controller {

/// Where a stream resumes: what this run knows of it, else what the ledger does. A namespace that is followed by itself for the first
/// time resumes where the whole cluster was followed, if it was. A position without a version: as WatchFsm's.
std::optional<informers::Position> resume_point(const informers::Target& stream, const Pipeline& pipeline,
                                                const std::vector<ledger::Position>& recorded);

/// Runs the reflectors of what a pipeline's scope follows, and starts and ends some as the scope changes; has the stores audited, and
/// what is found not to be what the server has followed anew. One strand, the pipeline's, which must outlive it.
class Follower : private informers::AuditSubject {
 public:
  /// `recorded`: the ledger's positions at the start. `audit_period`: AuditorOptions::period.
  Follower(const boost::asio::any_io_executor& executor, std::shared_ptr<const kube::ClusterConfig> config,
           Pipeline& pipeline, std::vector<informers::Target> resources, std::vector<ledger::Position> recorded,
           std::uint64_t seed, informers::ReflectorOptions options, std::chrono::milliseconds audit_period);

  /// As InformerSet's.
  boost::asio::awaitable<void> run();
  void stop() { set_->stop(); }
  /// As InformerSet's, with the audits.
  std::map<std::string, informers::StreamTraffic> traffic() const;

  /// Other namespaces are followed from now on. What is of no namespace and refers to one is listed anew for those that came:
  /// a window of its own (cause restarted), since the watch up to then left their objects out.
  void scope_changed(const Scope::Change& change);

 private:
  void follow(const informers::Target& stream, std::optional<informers::Distrust> distrust = {});

  // follower_audits.cpp
  std::vector<informers::Target> to_audit() const override;
  std::string version(const informers::Target& stream) const override;
  informers::AuditDifferences compare(const informers::Target& stream, const informers::AuditList& list) const override;
  void audited(const informers::Target& stream, informers::Audited audited) override;
  void log_audit(const informers::Target& stream, const informers::Audited& audited) const;
  std::optional<informers::Position> last_proven(const informers::Target& stream) const;

  Pipeline& pipeline_;
  std::vector<informers::Target> resources_;
  std::vector<ledger::Position> recorded_;
  informers::LogSink log_;
  std::unique_ptr<informers::InformerSet> set_;
  std::unique_ptr<informers::Auditor> auditor_;         ///< null: no audits
  std::map<std::string, informers::Audits> audits_;     ///< by resource
  std::map<std::string, informers::Position> audited_;  ///< by stream: the last list that was consistent with the store
};

}  // namespace snaptrail::controller
