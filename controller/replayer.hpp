#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/pipeline.hpp"
#include "informers/decoder.hpp"
#include "informers/recording.hpp"

namespace snaptrail::controller {

/// The targets of a recording: one stream a resource, as the file has them, in the order of Kind.
std::vector<informers::Target> recording_targets();

/// By how much a recording that is played `speed` times as fast from `now` on is moved, so that it ends at the moment of its last
/// line's playing, or begins now if it is played no faster than it was: nothing in it ever lies in the future.
objects::Millis shift_to(objects::Instant now, const informers::RecordingSummary& summary, double speed);

/// Feeds a recording's lines to a pipeline, as the reflectors would have: what comes before a resource's
/// initial-events-end bookmark is its list, the rest its watch. The time is the lines' own, and that of the objects in them, moved by `shift`.
/// Does no waiting: who calls next() decides when. One strand.
class Replayer {
 public:
  /// Gives the next line, nullopt at the end; the line is valid until the next call.
  using Lines = std::function<std::optional<informers::RecordedLine>()>;

  /// `summary` is of the same recording. `pipeline` must outlive it.
  Replayer(Lines lines, const informers::RecordingSummary& summary, Pipeline& pipeline,
           objects::Millis shift = objects::Millis{0});
  Replayer(informers::RecordingReader reader, const informers::RecordingSummary& summary, Pipeline& pipeline,
           objects::Millis shift = objects::Millis{0});

  /// When the next line is due (its own time, shifted); nullopt at the end. Throws informers::RecordingError.
  std::optional<objects::Instant> due();
  /// Applies the next line.
  void step();
  /// Time ends with the last line.
  void finish();
  /// Lines that were left out: of resources that we don't know, or that don't decode.
  std::uint64_t skipped() const { return skipped_; }

 private:
  struct Stream {
    informers::Target target;
    informers::WatchDecoder decoder;
    bool listing = false;
    bool has_list = false;
    bool unknown = false;  ///< not in the recording at all
    std::optional<objects::Instant> last_line;
    std::string resource_version;
  };

  void start(objects::Instant at);
  void apply(const informers::RecordedEvent& event, objects::Instant at);
  void apply(const informers::RecordedGap& gap, objects::Instant at);
  Stream* stream_of(std::optional<objects::Kind> kind);

  Lines lines_;
  Pipeline& pipeline_;
  objects::Millis shift_;
  std::vector<Stream> streams_;
  std::optional<informers::RecordedLine> line_;
  objects::MaybeInstant now_;
  bool started_ = false;
  std::uint64_t skipped_ = 0;
};

}  // namespace snaptrail::controller
