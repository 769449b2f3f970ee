#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "controller/api_calls.hpp"
#include "controller/event_book.hpp"
#include "controller/logging.hpp"
#include "serving/option_stats.hpp"

namespace snaptrail::controller {

/// Writes Kubernetes Events about findings that begin (EventBook says which and when), one after the other over a connection of
/// its own. Nobody waits for it: what it can't write is counted, and the first failure of a kind is logged. One strand, the
/// executor's.
class EventWriter {
 public:
  /// `log` must outlive it.
  EventWriter(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> cluster, const Log& log,
              std::string instance);

  /// A row that is committed.
  void recorded(const objects::Row& row);
  /// Ends at once; what waits is dropped.
  void stop();

  const serving::EventStats& stats() const { return stats_; }

 private:
  void pump();
  void sleep();
  void answered(const EventBook::Next& next, const kube::Result<std::string>& result);
  void note_failure(const kube::Error& error);

  const Log& log_;
  EventBook book_;
  ApiCalls calls_;
  boost::asio::steady_timer timer_;
  serving::EventStats stats_;
  bool writing_ = false;
  bool stopped_ = false;
  std::optional<kube::Errc> failing_;  ///< what was logged last, until a write succeeds
};

}  // namespace snaptrail::controller
