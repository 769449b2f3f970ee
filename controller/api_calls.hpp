#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>

#include "kube/client.hpp"
#include "kube/cluster_config.hpp"

namespace snaptrail::controller {

/// Calls of the API server that somebody wants the answer of, but nobody waits for: over a few connections of their own, in
/// order, with a deadline each, and no more waiting than there is room for. One strand, the executor's.
class ApiCalls {
 public:
  using Done = std::function<void(const kube::Result<std::string>&)>;

  struct Options {
    std::size_t connections = 1;
    std::size_t max_waiting = 64;
    std::chrono::milliseconds deadline{10'000};  ///< of a call, its connection's set-up included
  };

  ApiCalls(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> cluster, Options options);
  /// As stop().
  ~ApiCalls();
  ApiCalls(const ApiCalls&) = delete;
  ApiCalls& operator=(const ApiCalls&) = delete;

  /// False where too many wait; else `done` is called once, later. A call may be sent twice (kube::Connection::send).
  bool submit(kube::Write write, Done done);
  /// Ends all of them; no `done` is called any more.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace snaptrail::controller
