#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace snaptrail::serving {

/// A body of many pieces that is all there is to say: its session takes one whenever the one before is written, until there are no
/// more. All of it on the server's strand.
class BodyPieces {
 public:
  virtual ~BodyPieces() = default;

  /// The next piece; nullopt at the end.
  virtual std::optional<std::string> take() = 0;
};

/// A body that goes on: its session asks for the next piece once the last one is written, so whoever reads slowly is written to
/// slowly, and nothing piles up in between. All of it on the server's strand.
class BodyStream {
 public:
  virtual ~BodyStream() = default;

  /// What can be written now: empty where there is nothing yet, nullopt where the stream is over.
  virtual std::optional<std::string> take() = 0;
  /// `wake` is called, on the strand, whenever take() may give more than it did.
  virtual void on_ready(std::function<void()> wake) = 0;
  /// What is written where nothing came for `idle_after`, so that both ends see whether the other is there.
  virtual std::string keep_alive() const = 0;
  virtual std::chrono::milliseconds idle_after() const = 0;
};

}  // namespace snaptrail::serving
