#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "faults.hpp"
#include "informers/receiver.hpp"
#include "informers/watch_fsm.hpp"
#include "oracle.hpp"
#include "world.hpp"

namespace snaptrail::simulation {

/// The reader of one resource: the product's state machine and receiver, with the simulated cluster in the network's place.
class Client {
 public:
  Client(World& world, Faults& faults, std::size_t resource, informers::Target target, informers::Intake& intake,
         std::optional<informers::Position> stored, std::uint64_t seed);

  /// When it has something to do next (virtual ms), and does it.
  std::int64_t due() const { return due_; }
  void act();

  /// Sends what is there to be sent.
  void flush();
  /// The connection breaks off (`cleanly`: ends).
  void cut(bool cleanly);
  bool is_watching() const { return mode_ == Mode::Stream && stream_.end_of_list < 0 && !stream_.silent; }
  std::size_t api() const { return stream_.api; }
  const informers::WatchFsm& fsm() const { return fsm_; }
  /// The most requests within one minute, pages of one list counted once.
  std::size_t busiest_minute() const { return busiest_; }

 private:
  enum class Mode : std::uint8_t { Idle, Call, Stream };

  informers::Moment moment() const;
  void give(informers::Input input);
  void start(informers::Command command);
  void call(const informers::Command& command);
  void open_stream(std::optional<Answer> refusal, std::int64_t timeout_s);
  void finish_call();
  void poll();
  void deliver(const std::string& bytes);
  void end_stream(const std::optional<kube::Error>& error);
  void count_request();

  World& world_;
  Faults& faults_;
  const std::size_t resource_;
  informers::WatchFsm fsm_;
  informers::Receiver receiver_;
  Mode mode_ = Mode::Idle;
  std::int64_t due_ = 0;
  informers::Command command_;
  Answer answer_;
  Stream stream_;
  std::int64_t last_byte_ = 0;
  std::deque<std::int64_t> requests_;
  std::size_t busiest_ = 0;
};

}  // namespace snaptrail::simulation
