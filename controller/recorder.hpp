#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  std::uint64_t lists = 0;  ///< complete ones, with or without items
  bool synced = false;
};

struct RecorderOptions {
  /// Only what is in these namespaces, or belongs to them: contents and volumes that are bound to objects there, the Namespaces
  /// themselves. Empty: all. Needs the right to list and watch in these namespaces only, for namespaced kinds.
  std::vector<std::string> namespaces;
  /// Between tries after a failure: a recording is watched by a person who wants it to go on, not to hammer the server.
  std::chrono::milliseconds retry{2'000};
  /// Told after something was written; may call stop(). May be empty.
  std::function<void()> on_written;
};

/// Writes one target's stream into a recording as the server sends it: the list as ADDED events with the bookmark that ends
/// it, then the watch, and a gap with a new list wherever the history did not reach. Several namespaces are one list, and a watch
/// each; where one of these has lost sight all of them list again, since a list in a recording is that of the whole resource. One of
/// several that is refused is said, and left out until then.
/// What can't be read is not recorded: in a list it is left out; in a watch nobody knows what it told, so that a gap and a new list
/// follow.
/// Events are kept only if they are about snapshots, contents or claims. A polled target has further lists in the watch's place, as
/// ADDED events.
///
/// One strand. `writer` and `log` must outlive run(). RecordingError of the writer passes through run().
class Recorder {
 public:
  Recorder(boost::asio::any_io_executor executor, const std::shared_ptr<const kube::ClusterConfig>& config,
           informers::Target target, informers::RecordingWriter& writer, const Log& log, RecorderOptions options = {});

  /// Until stop() or cancellation.
  boost::asio::awaitable<void> run();
  void stop();
  const RecorderStats& stats() const { return stats_; }
  const informers::Target& target() const { return target_; }

 private:
  enum class Next : std::uint8_t { Watch, List, Stop };

  /// One namespace, or all of them at once.
  struct Stream {
    Stream(const boost::asio::any_io_executor& executor, std::shared_ptr<const kube::ClusterConfig> config,
           informers::Target of)
        : target(std::move(of)), connection(executor, std::move(config)), timer(executor) {}
    informers::Target target;
    kube::Connection connection;
    boost::asio::steady_timer timer;
    boost::asio::cancellation_signal cancel;
    std::string resource_version;
    std::string_view version;  ///< of the resource's API, as the last list found it
    bool left_out = false;     ///< refused, while others are not: then these are recorded without it
  };

  boost::asio::awaitable<Next> list();
  boost::asio::awaitable<bool> list(Stream& stream);
  boost::asio::awaitable<kube::Result<std::string>> get_page(Stream& stream, const std::string& continue_token);
  boost::asio::awaitable<Next> watch_all();
  boost::asio::awaitable<void> follow(Stream& stream);
  boost::asio::awaitable<Next> watch(Stream& stream);
  boost::asio::awaitable<Next> lost(Stream& stream, const informers::WatchError& error);
  boost::asio::awaitable<Next> failed(Stream& stream, const kube::Error& error);
  boost::asio::awaitable<void> pause(Stream& stream, std::chrono::milliseconds duration);
  void end_watches();
  kube::Result<std::string> write_page(Stream& stream, const std::string& page);
  std::string api_version(const Stream& stream) const;
  bool is_polled() const { return target_.poll.count() > 0; }
  void write_end_of_list();
  void write_gap(objects::GapCause cause);
  void flush();
  informers::Decoded take_line(Stream& stream, std::string_view line);
  bool is_of_concern(const objects::Object& object) const;
  bool is_named(std::string_view ns) const;

  boost::asio::any_io_executor executor_;
  informers::Target target_;
  informers::RecordingWriter& writer_;
  const Log& log_;
  RecorderOptions options_;
  informers::WatchDecoder decoder_;
  boost::asio::steady_timer joined_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::size_t following_ = 0;
  std::exception_ptr broken_;
  RecorderStats stats_;
  bool must_list_ = false;
  bool stopped_ = false;
};

}  // namespace snaptrail::controller
