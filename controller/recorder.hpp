#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "controller/logging.hpp"
#include "informers/decoder.hpp"
#include "informers/intake.hpp"
#include "informers/recording_writer.hpp"
#include "kube/client.hpp"

namespace snaptrail::controller {

/// What one target of a recording has brought.
struct RecorderStats {
  std::uint64_t events = 0;
  std::uint64_t gaps = 0;
  bool synced = false;
};

/// Writes one target's stream into a recording as the server sends it: the list as ADDED events with the bookmark that ends
/// it, then the watch, and a gap with a new list wherever the history did not reach. Events are kept only if they are about
/// snapshots, contents or claims. A polled target has further lists in the watch's place, as ADDED events.
///
/// One strand. `writer` and `log` must outlive run(). RecordingError of the writer passes through run().
class Recorder {
 public:
  Recorder(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config,
           informers::Target target, informers::RecordingWriter& writer, const Log& log);

  /// Until stop() or cancellation.
  boost::asio::awaitable<void> run();
  void stop();
  const RecorderStats& stats() const { return stats_; }
  const informers::Target& target() const { return target_; }

 private:
  enum class Next : std::uint8_t { Watch, List, Stop };

  boost::asio::awaitable<Next> list();
  boost::asio::awaitable<Next> watch();
  boost::asio::awaitable<Next> failed(const kube::Error& error);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds duration);
  boost::asio::awaitable<kube::Result<std::string>> get_page(const std::string& continue_token);
  kube::Result<std::string> write_page(const std::string& page);
  std::string api_version() const;
  bool is_polled() const { return target_.poll.count() > 0; }
  void write_end_of_list();
  bool take_line(std::string_view line, Next& next);
  bool is_of_concern(const informers::ObjectEvent& event) const;

  informers::Target target_;
  informers::RecordingWriter& writer_;
  const Log& log_;
  kube::Connection connection_;
  informers::WatchDecoder decoder_;
  boost::asio::steady_timer timer_;
  RecorderStats stats_;
  std::string resource_version_;
  std::string_view version_;  ///< of the resource's API, as the last list found it
  bool stopped_ = false;
};

}  // namespace snaptrail::controller
