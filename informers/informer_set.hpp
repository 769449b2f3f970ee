#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "informers/intake.hpp"
#include "informers/reflector.hpp"
#include "kube/cluster_config.hpp"

namespace snaptrail::informers {

/// A target, and how far an earlier run of the program followed it (as WatchFsm's).
struct Followed {
  Target target;
  std::optional<Position> stored;
  std::optional<Distrust> distrust{};  ///< why what was followed is not relied on
};

/// All reflectors of a cluster, each with a connection of its own, all handing over to one Intake. One that is absent,
/// forbidden or failing does not keep the others from going on.
///
/// Threading: everything, stop() too, on `executor`: one strand, or the only thread of its context. Lifetime: must outlive run();
/// the destructor asserts that nothing runs any more.
class InformerSet {
 public:
  InformerSet(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config,
              std::vector<Followed> targets, Intake& intake, std::uint64_t seed, ReflectorOptions options = {});
  ~InformerSet();
  InformerSet(const InformerSet&) = delete;
  InformerSet& operator=(const InformerSet&) = delete;

  /// Runs all reflectors at once and returns when every one has ended: after stop(), a cancellation of run() itself
  /// (terminal), or an exception of one, which stops the others and is thrown here in the end. To be called once.
  boost::asio::awaitable<void> run();
  /// Ends all reflectors; run() returns soon after. May be called at any time, within a call of the Intake too, and
  /// repeatedly; before run() it keeps that from starting anything.
  void stop();

  /// Follows one more target, at once if the set runs; not after stop(), and not after run() has returned. May be called within a call
  /// of the Intake.
  void add(Followed followed);
  /// Ends the reflector of a target, if there is one; `ended` is called when it hands over nothing any more, not before remove()
  /// returns, and not after stop(). May be called within a call of the Intake.
  void remove(const Target& target, std::function<void()> ended = {});

  /// In the order of the targets; without those that were removed and have ended.
  std::vector<const Reflector*> reflectors() const;
  /// By resource (Target::name), over all its streams, those that were removed too: these sums never go down.
  std::map<std::string, StreamTraffic> traffic() const;

 private:
  struct Member;
  struct Running;
  void start(const std::shared_ptr<Member>& member);
  void finish(const std::shared_ptr<Member>& member, const std::exception_ptr& thrown);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<const kube::ClusterConfig> config_;
  Intake& intake_;
  std::uint64_t seed_;
  ReflectorOptions options_;
  std::vector<std::shared_ptr<Member>> members_;
  std::map<std::string, StreamTraffic> former_;  ///< traffic of those that were removed
  std::unique_ptr<Running> running_;
};

}  // namespace snaptrail::informers
