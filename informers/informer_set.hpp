#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "informers/intake.hpp"
#include "informers/reflector.hpp"
#include "kube/cluster_config.hpp"

namespace snaptrail::informers {

/// A target, and how far an earlier run of the program followed it.
struct Followed {
  Target target;
  std::optional<Position> stored;
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

  /// In the order of the targets.
  const std::vector<std::unique_ptr<Reflector>>& reflectors() const { return reflectors_; }

 private:
  struct Running;
  void start(Reflector& reflector);

  boost::asio::any_io_executor executor_;
  std::vector<std::unique_ptr<Reflector>> reflectors_;
  std::shared_ptr<Running> running_;
};

}  // namespace snaptrail::informers
